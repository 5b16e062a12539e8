/**
 * A connection to a server by way of a proxy: `CONNECT` (RFC 9110, section 9.3.6).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import type { Proxy } from "./proxy.ts";

/** Longest head of a proxy's answer, in bytes. */
const MAX_HEAD = 16_384;

/**
 * Has `proxy` connect to a server. Rejects with what was in the way, or the signal's reason.
 *
 * @param signal ends it, also while the proxy says nothing
 */
export function openTunnel(
  proxy: Proxy,
  { host, port }: { host: string; port: number },
  signal: AbortSignal | null | undefined,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host: proxy.hostname, port: proxy.port });
  const fail = (error: unknown) => {
    socket.destroy();
    reject(error);
  };
  const onAbort = () => fail(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  let head = Buffer.alloc(0);
  const onData = (bytes: Uint8Array) => {
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return head.length > MAX_HEAD ? fail(new Error("no HTTP proxy")) : undefined;
    const refusal = refusalIn(head.subarray(0, end).toString("latin1"));
    if (refusal !== undefined) return fail(refusal);
    // The server speaks only when spoken to: nothing can have come behind the head.
    socket.pause();
    socket.off("data", onData).off("error", fail).off("close", onClose);
    signal?.removeEventListener("abort", onAbort);
    resolve(socket);
  };
  const onClose = () => fail(new Error("the proxy closed the connection"));
  socket.on("data", onData).on("error", fail).on("close", onClose);
  socket.once("connect", () => socket.write(request(proxy, `${bracketed(host)}:${port}`)));
  return promise;
}

function request({ credentials }: Proxy, authority: string): string {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (credentials !== undefined) {
    const { username, password } = credentials;
    const value = Buffer.from(`${username}:${password}`).toString("base64");
    lines.push(`Proxy-Authorization: Basic ${value}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Says it in the words of the platform's own `fetch`, where both are explained. */
function refusalIn(head: string): Error | undefined {
  const [, status] = /^HTTP\/1\.\d (\d{3})\b/.exec(head) ?? [];
  if (status === undefined) return new Error("no HTTP proxy");
  if (status.startsWith("2")) return undefined;
  return new Error(
    status === "407" ? "proxy authentication required" : `unsuccessful tunnel (${status})`,
  );
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
