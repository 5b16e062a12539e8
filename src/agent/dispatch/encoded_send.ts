/**
 * Puts a batch's bytes into the encoding that the batch was made with, then sends them.
 *
 * @module
 */

import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import { sentStates } from "../../shared/protocol/stateful_headers.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { BatchEncoding } from "../../shared/protocol/stored_events.ts";
import type { DispatchBatch, Send, SendContext } from "./types.ts";
import type { EventsOutcome, EventsRequest } from "../../shared/protocol/exchange.ts";

const gzipped = promisify<Uint8Array, { level: number }, Uint8Array>(gzip);
const zstandard = promisify<Uint8Array, Uint8Array>(zstdCompress);

/** Sends one events request. Rejects only when the signal is aborted. */
type PostEvents = (
  stream: Stream,
  request: EventsRequest,
  context: SendContext,
) => Promise<EventsOutcome>;

/** A {@linkcode Send} for one stream. */
export function encodedSend<B extends DispatchBatch>(stream: Stream, post: PostEvents): Send<B> {
  return async (batch, lines, context) => {
    const { id: idempotencyKey, encoding, events } = batch;
    const body = await encode(lines, encoding);
    return await post(stream, {
      body,
      encoding,
      idempotencyKey,
      events,
      states: () => sentStates(lines),
    }, context);
  };
}

/** Gzip's level 1 gives most of the ratio at a fraction of the time; Zstandard's own default does that. */
async function encode(lines: Uint8Array, encoding: BatchEncoding): Promise<Uint8Array> {
  switch (encoding) {
    case "identity":
      return lines;
    case "gzip":
      return await gzipped(lines, { level: 1 });
    case "zstd":
      return await zstandard(lines);
  }
}
