/**
 * Puts a batch's bytes into the encoding that the batch was made with, then sends them.
 *
 * @module
 */

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { DispatchBatch, Send } from "./types.ts";
import type { EventsOutcome, EventsRequest } from "../../shared/protocol/exchange.ts";

const compress = promisify<Uint8Array, { level: number }, Uint8Array>(gzip);

/** Sends one events request. Rejects only when the signal is aborted. */
export type PostEvents = (
  stream: Stream,
  request: EventsRequest,
  signal: AbortSignal,
) => Promise<EventsOutcome>;

/** A {@linkcode Send} for one stream. Level 1 gives most of the ratio at a fraction of the time. */
export function encodedSend<B extends DispatchBatch>(stream: Stream, post: PostEvents): Send<B> {
  return async (batch, lines, signal) => {
    const { id: idempotencyKey, encoding } = batch;
    const body = encoding === "gzip" ? await compress(lines, { level: 1 }) : lines;
    return await post(stream, { body, encoding, idempotencyKey }, signal);
  };
}
