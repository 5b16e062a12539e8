/**
 * What went wrong with JetStream, as the stores tell it.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import { messageOf } from "../../../shared/errors.ts";
import { StoreUnavailable } from "../../stores/unavailable.ts";

// Codes of https://github.com/nats-io/nats-server/blob/main/server/errors.json
const WRONG_LAST_SEQUENCE = [10_071, 10_164];
const NO_MESSAGE = 10_037;
const NO_STREAM = 10_059;
/** A status of a message, not of the API. */
const NO_RESPONDERS = 503;
const FULL = [10_077, 10_047];

/** True when a compare-and-set lost; on a cluster also now and then when it did not (nats-server #7281): look before trying again. */
export function isConflict(error: unknown): boolean {
  return error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.includes(error.code);
}

/** True when there is nothing under a subject. */
export function isNoMessage(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === NO_MESSAGE;
}

/** True when there is no room under a stream's bounds. */
export function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && FULL.includes(error.code);
}

/** True when there is no such stream. */
export function isNoStream(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === NO_STREAM;
}

/**
 * True when a request for messages reached nobody: the server that the client is connected to has not heard of the consumer yet, which
 * was just made at another one, or its leader is gone. Nothing was taken, so asking again is safe.
 */
export function isUnheard(error: unknown): boolean {
  // The library does not export the class.
  return error instanceof Error && error.name === "JetStreamStatusError" &&
    (error as Error & { code?: number }).code === NO_RESPONDERS;
}

/** Why a store cannot do it now. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const why = isFull(error) ? "a stream is full" : messageOf(error);
  return new StoreUnavailable(`The cluster takes nothing now: ${why}`, { cause: error });
}
