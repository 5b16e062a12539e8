/**
 * After an answer that refuses whatever is sent (the token, the path, a page of something in between), a whole batch is not sent again
 * to hear the same: a request without events goes first.
 *
 * @module
 */

import type { EventsOutcome, RetryOutcome } from "../../shared/protocol/exchange.ts";
import type { DispatchBatch } from "./types.ts";

/** Asks with a request without events. */
type Ask = (signal: AbortSignal) => Promise<EventsOutcome | undefined>;

/** A batch of so few bytes is its own probe. */
const SMALL_BYTES = 4_096;
/** A server may refuse what holds no events and take what does: after so many probes in a row a batch goes all the same. */
const PROBES_IN_A_ROW = 8;
/** Faults that pass by themselves and say nothing about what was sent. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** Knows whether the latest answer refused everything, and asks whether that is over. */
export class SmallProbe {
  readonly #ask: Ask;
  #refusal: number | undefined;
  #probes = 0;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** What came of sending a batch. */
  note(outcome: EventsOutcome): void {
    this.#refusal = outcome.kind === "retry" ? refusedStatus(outcome) : undefined;
    this.#probes = 0;
  }

  /** Whether a request without events is to go before a batch. */
  isDue({ bytes }: Pick<DispatchBatch, "bytes">): boolean {
    return this.#refusal !== undefined && bytes > SMALL_BYTES && this.#probes < PROBES_IN_A_ROW;
  }

  /** The answer when the server refuses still; `undefined` when a batch may go. Rejects only when the signal is aborted. */
  async refusal(signal: AbortSignal): Promise<RetryOutcome | undefined> {
    this.#probes++;
    const outcome = await this.#ask(signal);
    // Another answer than before: whatever it says, it is not the same storm any more.
    if (outcome?.kind !== "retry" || refusedStatus(outcome) !== this.#refusal) {
      this.#refusal = undefined;
      return undefined;
    }
    // That the probe may have done its work says nothing about a batch.
    const { unanswered: _, ...refusal } = outcome;
    return refusal;
  }
}

function refusedStatus({ status = 0 }: RetryOutcome): number | undefined {
  return status >= 200 && status < 500 && !PASSING.has(status) ? status : undefined;
}
