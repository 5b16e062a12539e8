/**
 * One app on one port.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { ConnectionCut, errorResponse } from "./api_error.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import { ConnectionRelay } from "./connection_relay.ts";
import type { Clock } from "../../shared/clock.ts";
import { openInnerServer } from "./inner_server.ts";
import type { InnerServer, RequestInfo } from "./inner_server_types.ts";
import { endedWithin } from "../ended_within.ts";
import { readAway } from "./unread_body.ts";

const log = getLogger(["manager", "http"]);

/** How long the last bytes of what was answered may take. */
const LINGER_MS = 2_000;

/** What answers requests. */
interface ServedApp {
  fetch(request: Request, connection: Connection): Response | Promise<Response>;
}

/** What {@linkcode PortServer} serves, and where. */
export interface PortServerOptions {
  app: ServedApp;
  hostname: string;
  /** 0 picks a free one. */
  port: number;
  /** PEM; without it plain HTTP is spoken. */
  tls?: { cert: string; key: string };
  /** PEM: authorities, of one of which clients have to show a certificate. */
  clientCa?: string;
  clock: Clock;
  limits: ConnectionLimits;
  /** True when the app may throw {@linkcode ConnectionCut}. */
  cuts: boolean;
  /** How long a stop waits for answers that are on their way, in milliseconds. */
  drainTimeoutMs: number;
}

/** Serves an app until it is stopped. */
export class PortServer {
  readonly #drainTimeoutMs: number;
  #app: ServedApp;
  #draining = false;
  #url = "";
  #server: InnerServer | undefined;
  #relay: ConnectionRelay | undefined;
  /** One for each request whose answer has not been sent; resolves when it has, or never can be. */
  readonly #unanswered = new Set<Promise<void>>();

  private constructor({ app, drainTimeoutMs }: PortServerOptions) {
    this.#app = app;
    this.#drainTimeoutMs = drainTimeoutMs;
  }

  /** @throws Deno.errors.AddrInUse when the port is taken, AgentError where client certificates cannot be asked for */
  static async open(options: PortServerOptions): Promise<PortServer> {
    const server = new PortServer(options);
    await server.#listen(options);
    return server;
  }

  async #listen(options: PortServerOptions): Promise<void> {
    const { hostname, port, tls, clientCa } = options;
    const isRelayed = needsRelay(options);
    const inner = await openInnerServer({
      ...(isRelayed ? { hostname: "127.0.0.1", port: 0 } : { hostname, port }),
      ...(tls && { tls }),
      ...(clientCa !== undefined && { clientCa }),
      answer: (request, info) => this.#answer(request, info),
    });
    this.#server = inner;
    if (isRelayed) this.#relay = openRelay(options, inner);
    const scheme = tls ? "https" : "http";
    this.#url = `${scheme}://${reachableHost(hostname)}:${this.#relay?.port ?? inner.port}`;
  }

  /** Where clients reach it, without a trailing slash. */
  get url(): string {
    return this.#url;
  }

  /** Has another app answer from now on. */
  serve(app: ServedApp): void {
    this.#app = app;
  }

  /** Goes on to answer, and with each answer asks the client to come by another connection. */
  drain(): void {
    this.#draining = true;
  }

  /** Gives answers that are on their way their time, then closes every connection. */
  async stop(): Promise<void> {
    this.#draining = true;
    const late = await endedWithin(this.#unanswered, this.#drainTimeoutMs);
    // A shutdown writes out what was answered but cannot be hurried; an abort is at once but may
    // lose it.
    if (late) this.#server?.abort();
    else if (this.#server) await endedWithin([this.#server.shutdown()], LINGER_MS);
    await this.#relay?.close();
  }

  async #answer(request: Request, info: RequestInfo): Promise<Response> {
    const { port } = info.remoteAddr;
    this.#relay?.requestBegan(port);
    const completed = info.completed.catch(() => {}).finally(() => {
      this.#unanswered.delete(completed);
      this.#relay?.requestEnded(port);
    });
    this.#unanswered.add(completed);
    try {
      const answer = await this.#app.fetch(request, this.#connection(info));
      if (answer.status >= 400 && !closes(answer)) await readAway(request);
      // HTTP/2 has no such header, and leaves it out: there the connection itself is told to end when the server stops.
      if (this.#draining) answer.headers.set("Connection", "close");
      return answer;
    } catch (error) {
      if (error instanceof ConnectionCut) this.#relay?.cut(port);
      else log.error("Cannot answer request: {error}", { error: String(error) });
      return errorResponse(500, "Internal error");
    }
  }

  /** Behind a relay the server sees the relay's address. */
  #connection({ remoteAddr, clientNames }: RequestInfo): Connection {
    const address = this.#relay === undefined ? remoteAddr : this.#relay.addressOf(remoteAddr.port);
    return {
      ...(address && { remoteAddress: address.hostname, remotePort: address.port }),
      ...(clientNames && { clientNames }),
    };
  }
}

/** Whether the connection is given up in any case, as when a body has not arrived in time. */
function closes(answer: Response): boolean {
  return answer.headers.get("Connection") === "close";
}

function openRelay(
  { hostname, port, limits, clock }: PortServerOptions,
  inner: InnerServer,
): ConnectionRelay {
  try {
    const target = { hostname: "127.0.0.1", port: inner.port };
    return new ConnectionRelay({ hostname, port, target, limits, clock });
  } catch (error) {
    inner.abort();
    throw error;
  }
}

function needsRelay({ cuts, limits }: PortServerOptions): boolean {
  return cuts || limits.maxConnections > 0 || limits.maxConnectionsPerAddress > 0;
}

/** An address that stands for every interface is no address to connect to. */
function reachableHost(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "127.0.0.1";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
