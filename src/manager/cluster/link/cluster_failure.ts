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

/** Why a store cannot do it now. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const why = isFull(error) ? "a stream is full" : messageOf(error);
  return new StoreUnavailable(`The cluster takes nothing now: ${why}`, { cause: error });
}
