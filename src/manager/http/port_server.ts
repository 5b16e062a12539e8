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

const log = getLogger(["manager", "http"]);

/** How long a stop waits for answers that are on their way. */
const DRAIN_MS = 2_000;

/** What {@linkcode PortServer} serves, and where. */
export interface PortServerOptions {
  app: { fetch(request: Request, connection: Connection): Response | Promise<Response> };
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
}

/** Serves an app until it is stopped. */
export class PortServer {
  readonly #app: PortServerOptions["app"];
  #url = "";
  #server: InnerServer | undefined;
  #relay: ConnectionRelay | undefined;
  /** One for each request whose answer has not been sent; resolves when it has, or never can be. */
  readonly #unanswered = new Set<Promise<void>>();

  private constructor({ app }: PortServerOptions) {
    this.#app = app;
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

  /** Gives answers that are on their way 2 s, then closes every connection. */
  async stop(): Promise<void> {
    const late = await endedWithin(this.#unanswered, DRAIN_MS);
    // A shutdown writes out what was answered but cannot be hurried; an abort is at once but may
    // lose it.
    if (late) this.#server?.abort();
    else if (this.#server) await endedWithin([this.#server.shutdown()], DRAIN_MS);
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
      return await this.#app.fetch(request, this.#connection(info));
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
