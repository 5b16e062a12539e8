/**
 * A `fetch` on `node:https`, for what the platform's own can't do: check a certificate without its
 * host name, or not at all.
 *
 * Every instance has a connection pool of its own. With a shared one, a connection that was opened
 * without checks would be used again by a request that asks for them.
 *
 * @module
 */

import { Agent, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { NOBODY } from "../nobody.ts";
import { proxyFor, type ProxyOptions } from "./proxy.ts";
import { openTunnel } from "./tunnel.ts";
import type { FetchLike } from "./server_connection.ts";
import { type TlsMaterial, trustedAuthorities } from "../tls/tls_files.ts";

/** What is checked of a server's certificate: authority, time and name; all but the name; nothing. */
type NodeVerification = "full" | "certificate" | "none";

/** A `fetch` and its connections. */
interface NodeFetch {
  fetch: FetchLike;
  /** Closes all connections, also those on which somebody waits. */
  close(): void;
}

interface ServerPlace {
  host: string;
  port: number;
}

/** A connection that was kept is gone, and another needs a tunnel. */
class NoTunnelError extends Error {}

/** The system asks a silent connection after so long whether it is still there, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;

const NULL_BODY_STATUS = new Set([204, 205, 304]);

/**
 * Makes a `fetch` for `https:` addresses. Only the authorities of `tls` are trusted.
 */
export function createNodeFetch(
  verification: NodeVerification,
  tls: TlsMaterial,
  proxies: ProxyOptions = {},
): NodeFetch {
  // The same listener is never added twice.
  globalThis.addEventListener("unhandledrejection", ignoreLostBody);
  const sockets = new Set<TLSSocket>();
  const agentFor = (keepAlive: boolean, proxied: boolean) =>
    new VerifyingAgent(verification, { tls, sockets, keepAlive, proxied });
  const direct = { kept: agentFor(true, false), single: agentFor(false, false) };
  const proxied = { kept: agentFor(true, true), single: agentFor(false, true) };
  const send = (
    url: string,
    init: Parameters<FetchLike>[1],
    { agent, onConnection }: { agent: VerifyingAgent; onConnection?: () => void },
  ): Promise<Response> =>
    new Promise((resolve, reject) => {
      init.signal?.throwIfAborted();
      const body = bytesOf(init.body);
      const headers = Object.fromEntries(new Headers(init.headers));
      if (body !== undefined) headers["content-length"] = String(body.length);
      const { method = "GET", signal } = init;
      const request = httpsRequest(url, { agent, method, headers, ...(signal && { signal }) });
      request.on("response", (message) => resolve(responseOf(message)));
      if (onConnection !== undefined) request.on("socket", onConnection);
      request.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
      // Not every version of the platform lets go of the connection with the request, or says that the request has ended.
      const abort = () => {
        reject(signal?.reason);
        request.destroy();
      };
      signal?.addEventListener("abort", abort, { once: true });
      request.end(body);
    });
  const fetch: FetchLike = async (url, init) => {
    const proxy = proxyFor(url, proxies);
    const which = init.newConnection ? "single" : "kept";
    if (proxy === undefined) return await send(url, init, { agent: direct[which] });
    const agent = proxied[which];
    if (agent.hasFree()) {
      try {
        return await send(url, init, { agent });
      } catch (error) {
        if (!(error instanceof NoTunnelError)) throw error;
      }
    }
    const server = serverOf(url);
    const tunnel = await openTunnel(proxy, server, init.signal);
    agent.offer(server, tunnel);
    // Perhaps it went over a connection that was kept.
    const onConnection = () => agent.withdraw(server, tunnel);
    return await send(url, init, { agent, onConnection }).finally(onConnection);
  };
  return {
    fetch,
    close() {
      for (const agent of [...Object.values(direct), ...Object.values(proxied)]) agent.destroy();
      // An agent knows only the connections that are not in use, not every one that it opened.
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * Deno 2.7 tells nobody that a connection broke within a body, and ends the process over it; such a
 * request ends with its time limit.
 */
function ignoreLostBody(event: PromiseRejectionEvent): void {
  const { reason } = event;
  const isLostBody = reason instanceof TypeError &&
    reason.message.startsWith("error reading a body from connection");
  if (isLostBody) event.preventDefault();
}

/**
 * Opens connections itself: not every Deno version hands the options of a request on to the TLS
 * layer.
 */
class VerifyingAgent extends Agent {
  readonly #verification: NodeVerification;
  readonly #tls: { ca?: string; cert?: string; key?: string };
  readonly #sockets: Set<TLSSocket>;
  readonly #proxied: boolean;
  /** For the next connections. Not every version of the platform waits for a connection that is made later. */
  readonly #tunnels = new Map<string, Socket[]>();

  constructor(
    verification: NodeVerification,
    { tls, sockets, keepAlive, proxied }: {
      tls: TlsMaterial;
      /** Every connection that is open. */
      sockets: Set<TLSSocket>;
      keepAlive: boolean;
      /** Whether connections are made through tunnels only. */
      proxied: boolean;
    },
  ) {
    super({ keepAlive });
    this.#verification = verification;
    const { cert, key } = tls;
    // In one text: many single ones take twice the time, at each connection.
    const trusted = trustedAuthorities(tls);
    const ca = trusted?.length === 0 ? NOBODY : trusted?.join("\n");
    this.#tls = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && key !== undefined && { cert, key }),
    };
    this.#sockets = sockets;
    this.#proxied = proxied;
  }

  /** Whether a connection waits for its next request. */
  hasFree(): boolean {
    return Object.values(this.freeSockets).some((free) => free !== undefined && free.length > 0);
  }

  /** Has a connection to `server` go through `tunnel`. */
  offer(server: ServerPlace, tunnel: Socket): void {
    const offered = this.#tunnels.get(keyOf(server)) ?? [];
    this.#tunnels.set(keyOf(server), [...offered, tunnel]);
  }

  /** Closes `tunnel` if no connection has taken it. */
  withdraw(server: ServerPlace, tunnel: Socket): void {
    const offered = this.#tunnels.get(keyOf(server)) ?? [];
    if (!offered.includes(tunnel)) return;
    this.#tunnels.set(keyOf(server), offered.filter((one) => one !== tunnel));
    tunnel.destroy();
  }

  override createConnection(
    { host = "", port = 443, servername }: { host?: string; port?: number; servername?: string },
  ) {
    const tunnel = this.#tunnels.get(keyOf({ host, port }))?.shift();
    if (this.#proxied && tunnel === undefined) throw new NoTunnelError();
    const socket = connect({
      ...(tunnel === undefined ? { host, port } : { socket: tunnel }),
      servername,
      ...this.#tls,
      rejectUnauthorized: this.#verification !== "none",
      ...(this.#verification !== "full" && { checkServerIdentity: () => undefined }),
    });
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  }
}

function serverOf(url: string): ServerPlace {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) };
}

function keyOf({ host, port }: ServerPlace): string {
  return `${host} ${port}`;
}

function bytesOf(body: RequestInit["body"]): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError("A body must be text or bytes");
}

function responseOf(message: IncomingMessage): Response {
  const status = message.statusCode ?? 0;
  const headers = new Headers();
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? "", message.rawHeaders[index + 1] ?? "");
  }
  if (!NULL_BODY_STATUS.has(status)) {
    return new Response(ReadableStream.from<Uint8Array>(message), { status, headers });
  }
  message.resume();
  return new Response(null, { status, headers });
}
