/**
 * Bounds of one request to the local API, and of all together.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { AgentError } from "../../shared/errors.ts";

/** What is wrong with a request before anybody looks at what it asks for. */
export class RequestError extends AgentError {
  /** The HTTP status of its answer. */
  readonly status: 408 | 413 | 415 | 503;

  constructor(status: RequestError["status"], message: string, hint: string) {
    super(status === 503 ? "not_acknowledged" : "usage", message, { hint });
    this.status = status;
  }
}

/** So many requests are answered side by side: each may hold a body. */
const MAX_REQUESTS = 32;
/** Within this time a body has to be there, in milliseconds. */
const BODY_LIMIT_MS = 10_000;
const SMALL_BODY_BYTES = 256 * 1024;
/** What bodies may be called; who sends a text by `fetch` calls it plain. */
const TYPES: ReadonlySet<string> = new Set([
  "",
  "application/json",
  "application/x-ndjson",
  "text/plain",
]);

/** Refuses a request that is one too many. */
export function boundedRequests(): MiddlewareHandler {
  let underWay = 0;
  return async (_context, next) => {
    if (underWay >= MAX_REQUESTS) {
      throw new RequestError(503, `${MAX_REQUESTS} requests are being answered`, "ask again");
    }
    underWay++;
    try {
      await next();
    } finally {
      underWay--;
    }
  };
}

/** Lets one large body in at a time: what is made of its events takes ten times its size until they are stored. */
export class LargeBodies {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work`, which reads the body; those that wait for their turn have theirs unread. */
  inTurn<T>(request: Request, work: () => Promise<T>): Promise<T> {
    if (Number(request.headers.get("content-length") ?? Infinity) <= SMALL_BODY_BYTES) {
      return work();
    }
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/**
 * The body of a request; `hint` says what to do about one that is longer.
 *
 * @throws {RequestError} for another type, above `maxBytes`, or when it does not arrive in time
 */
export async function readBody(
  request: Request,
  { maxBytes, hint, clock = systemClock }: { maxBytes: number; hint: string; clock?: Clock },
): Promise<Uint8Array<ArrayBuffer>> {
  const type = (request.headers.get("content-type") ?? "").replace(/;.*/s, "").trim().toLowerCase();
  if (!TYPES.has(type)) {
    const hint = "send application/json, or leave the content type out";
    throw new RequestError(415, `Bodies of type ${JSON.stringify(type)} are not read`, hint);
  }
  const tooLarge = () => new RequestError(413, `Body is larger than ${maxBytes} bytes`, hint);
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const inTime = new AbortController();
  const late = clock.sleep(BODY_LIMIT_MS, inTime.signal).then(() => {
    throw new RequestError(408, "The body did not arrive in time", "send it at once");
  });
  late.catch(() => {});
  try {
    return await Promise.race([readAll(reader, { maxBytes, tooLarge }), late]);
  } finally {
    inTime.abort();
    reader.cancel().catch(() => {});
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { maxBytes, tooLarge }: { maxBytes: number; tooLarge: () => RequestError },
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > maxBytes) throw tooLarge();
    parts.push(part.value as Uint8Array<ArrayBuffer>);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
