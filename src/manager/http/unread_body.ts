/**
 * What is left of a request's body when its answer is ready: a refusal often needs none of it.
 *
 * A server that is done with a request resets the HTTP/2 stream, or closes the HTTP/1.1 connection, on which the client still sends.
 * Some clients then tell of a broken stream in place of 401, 403 or 413. So the rest is read and thrown away before the answer is
 * given, within bounds; nginx does the like (`lingering_close`).
 *
 * @module
 */

import { endedWithin } from "../ended_within.ts";

/** A body is not waited for any longer, in milliseconds. */
const READ_WITHIN_MS = 10_000;
/** A client that sends more does not look for an answer. */
const MAX_BYTES = 64 * 1_048_576;

/** Reads away what nobody has read of a body. Resolves when that is done, or given up; never rejects. */
export async function readAway({ body, headers }: Request): Promise<void> {
  if (body === null || body.locked) return;
  if (Number(headers.get("content-length") ?? 0) > MAX_BYTES) return;
  const reader = body.getReader();
  await endedWithin([readAll(reader)], READ_WITHIN_MS);
  reader.cancel().catch(() => {});
}

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let bytes = 0; bytes <= MAX_BYTES;) {
    const { value } = await reader.read();
    if (value === undefined) return;
    bytes += value.byteLength;
  }
}
