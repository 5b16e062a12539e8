/**
 * Answers that a server of the protocol does not give, for what stands in between: pages, redirects, bodies that break off, trickle or
 * never end.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";

/** A request as far as an answer may depend on it. */
export interface OddRequest {
  method: string;
  /** Without prefix and query. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** What is answered instead. */
export interface OddAnswer {
  status: number;
  /** @default `content-type: application/json` */
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** The body comes in single bytes, with so many milliseconds between. */
  trickleMs?: number;
  /** The connection breaks after the body. */
  cut?: true;
}

/** An answer to some requests; `undefined` leaves one to the server itself. */
export type OddAnswers = (request: OddRequest) => OddAnswer | undefined;

/** A page such as a proxy's. */
export function page(status: number, title = "Blocked by the proxy"): OddAnswer {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body>…</body></html>`;
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** Sends an answer; resolves when it is sent or nobody listens any more. */
export async function sendOdd(
  response: ServerResponse,
  { status, headers = { "content-type": "application/json" }, body = "", trickleMs, cut }:
    OddAnswer,
): Promise<void> {
  const bytes = Buffer.from(body as string);
  const isWhole = trickleMs === undefined && !cut;
  const hasBody = bytes.length > 0;
  response.writeHead(status, {
    ...headers,
    connection: "close",
    ...(isWhole && hasBody && { "content-length": String(bytes.length) }),
    // More is promised than comes.
    ...(cut && { "content-length": String(bytes.length + 10) }),
  });
  if (isWhole) return void response.end(hasBody ? bytes : undefined);
  for (const byte of trickleMs === undefined ? [] : bytes) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await setTimeout(trickleMs);
  }
  if (!cut) return void response.end();
  response.write(bytes);
  await setTimeout(20);
  response.destroy();
}
