/**
 * What the agents of a swarm have seen, counted over all of them.
 *
 * @module
 */

import type { LoginAnswer } from "../../src/agent/comms/login/login.ts";

/** Log-ins by what came of them. */
export interface LoginCounts {
  succeeded: number;
  /** Told when to come again: beyond the rate that the manager takes. */
  put_off: number;
  /** Answered otherwise, or not at all. */
  failed: number;
}

/** Batches by what came of them. */
export interface BatchCounts {
  taken: number;
  failed: number;
}

/** Counts for a whole swarm. */
export class Tally {
  readonly logins: LoginCounts = { succeeded: 0, put_off: 0, failed: 0 };
  readonly batches: BatchCounts = { taken: 0, failed: 0 };
  /** How long each batch that was taken waited for its answer, in milliseconds. */
  readonly answerTimesMs: number[] = [];
  readonly #orders = new Set<string>();

  /** Orders that reached their agents; one that came twice counts once. */
  get orders(): number {
    return this.#orders.size;
  }

  addOrder(documentId: string): void {
    this.#orders.add(documentId);
  }

  /** Counts a log-in, and gives its answer back. */
  addLogin(answer: LoginAnswer): LoginAnswer {
    if (answer.kind === "token") this.logins.succeeded++;
    else if (answer.kind === "retry" && answer.afterMs !== undefined) this.logins.put_off++;
    else this.logins.failed++;
    return answer;
  }

  /** @param answeredAfterMs `undefined` for a batch that was not taken */
  addBatch(answeredAfterMs: number | undefined): void {
    if (answeredAfterMs === undefined) {
      this.batches.failed++;
    } else {
      this.batches.taken++;
      this.answerTimesMs.push(answeredAfterMs);
    }
  }
}
