/**
 * One app on one port.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { ConnectionCut, errorResponse } from "./api_error.ts";
import type { Connection } from "./connection.ts";
import { settledWithin } from "../settled_within.ts";

const log = getLogger(["manager", "http"]);

/** How long a stop waits for answers that are on their way. */
const DRAIN_MS = 2_000;

/** Stands between the clients and a server, and can cut a connection, which `Deno.serve` cannot. */
export interface ConnectionRelay {
  /** The port that clients connect to. */
  readonly port: number;
  /** Cuts the connection that reaches the server behind from this port of the loopback address. */
  cut(innerPort: number): void;
  /** Called once the server behind is closed. */
  close(): Promise<void>;
}

/** Where a relay listens and whom it passes to. */
export interface RelayOptions {
  hostname: string;
  /** 0 picks a free one. */
  port: number;
  /** The server behind it, on the loopback address. */
  target: { hostname: string; port: number };
}

/** Opens a relay. @throws Deno.errors.AddrInUse when the port is taken */
export type OpenRelay = (options: RelayOptions) => ConnectionRelay;

/** What {@linkcode PortServer} serves, and where. */
interface PortServerOptions {
  app: { fetch(request: Request, connection: Connection): Response | Promise<Response> };
  hostname: string;
  /** 0 picks a free one. */
  port: number;
  /** PEM; without it plain HTTP is spoken. */
  tls?: { cert: string; key: string };
  /** Needed when the app may throw {@linkcode ConnectionCut}. */
  openRelay?: OpenRelay;
}

/** Serves an app until it is stopped. */
export class PortServer {
  /** Where clients reach it, without a trailing slash. */
  readonly url: string;
  readonly #app: PortServerOptions["app"];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #relay: ConnectionRelay | undefined;
  readonly #abort = new AbortController();
  /** One for each request whose answer has not been sent; resolves when it has, or never can be. */
  readonly #unanswered = new Set<Promise<void>>();

  /** @throws Deno.errors.AddrInUse when the port is taken */
  constructor({ app, hostname, port, tls, openRelay }: PortServerOptions) {
    this.#app = app;
    this.#server = Deno.serve({
      ...(openRelay ? { hostname: "127.0.0.1", port: 0 } : { hostname, port }),
      ...tls,
      signal: this.#abort.signal,
      onListen: () => {},
    }, (request, info) => this.#answer(request, info));
    this.#relay = openRelay && this.#relayTo(openRelay, hostname, port);
    const publicPort = this.#relay?.port ?? this.#server.addr.port;
    this.url = `${tls ? "https" : "http"}://${reachableHost(hostname)}:${publicPort}`;
  }

  /** Gives answers that are on their way 2 s, then closes every connection. */
  async stop(): Promise<void> {
    const late = await settledWithin(this.#unanswered, DRAIN_MS);
    // A shutdown writes out what was answered but cannot be hurried; an abort is at once but may
    // lose it.
    if (late) this.#abort.abort();
    else await settledWithin([this.#server.shutdown()], DRAIN_MS);
    await this.#relay?.close();
  }

  async #answer(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const completed = info.completed.catch(() => {}).finally(() =>
      this.#unanswered.delete(completed)
    );
    this.#unanswered.add(completed);
    try {
      return await this.#app.fetch(request, this.#connection(info));
    } catch (error) {
      if (error instanceof ConnectionCut) this.#relay?.cut(info.remoteAddr.port);
      else log.error("Cannot answer request: {error}", { error: String(error) });
      return errorResponse(500, "Internal error");
    }
  }

  /** Behind a relay every client has the relay's address. */
  #connection({ remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>): Connection {
    return this.#relay === undefined ? { remoteAddress: remoteAddr.hostname } : {};
  }

  #relayTo(open: OpenRelay, hostname: string, port: number): ConnectionRelay {
    try {
      const target = { hostname: "127.0.0.1", port: this.#server.addr.port };
      return open({ hostname, port, target });
    } catch (error) {
      this.#abort.abort();
      throw error;
    }
  }
}

/** An address that stands for every interface is no address to connect to. */
function reachableHost(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "127.0.0.1";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
