/**
 * What a batch is settled with, and who is told of its single events.
 *
 * @module
 */

import type { RefusedEvent, RepeatedEvent } from "../../shared/protocol/exchange.ts";
import type { AnsweredEvents, BatchLimits, OpenTransaction } from "./types.ts";

/** What the server says of single events of a batch that it received. */
export interface BatchAnswer {
  refused?: readonly RefusedEvent[];
  again?: readonly RepeatedEvent[];
  /** Positions of those that were to create what the server had already. */
  existing?: readonly number[];
}

/** When, and in pieces of which size, something is stored. */
export interface StoreOptions {
  nowMs: number;
  limits: BatchLimits;
}

/** How a batch is settled. */
export interface SettleOptions extends StoreOptions {
  /** Is told of single stateful events, inside the transaction. */
  onAnswered?: ((answered: AnsweredEvents, transaction: OpenTransaction) => void) | undefined;
}

/** What is told of the single `events` of a batch. */
export function answeredEvents(
  events: readonly Uint8Array[],
  { refused, existing }: { refused: readonly RefusedEvent[]; existing: readonly number[] },
): AnsweredEvents {
  return {
    refused: refused.flatMap(({ index, status, reason }) => {
      const lines = events[index];
      return lines === undefined ? [] : [{ lines, status, reason, whole: false }];
    }),
    existing: existing.flatMap((index) => events[index] ?? []),
  };
}
