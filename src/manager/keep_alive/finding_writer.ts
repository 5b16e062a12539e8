/**
 * What the monitor finds, until it is written down: how the agents stand and what is announced of it, in one transaction. So
 * whatever moment the manager is killed at, a change is both remembered and announced, or neither, and is then found again.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Announcer, Finding } from "./announcement.ts";
import type { StateWriter } from "./state_writer.ts";

/** When a transaction that failed is tried again. */
export const RETRY_AFTER_MS = 1_000;

const log = getLogger(["manager", "keep_alive"]);

/** What a {@linkcode FindingWriter} works with. */
interface FindingWriterDeps {
  database: DatabaseSync;
  states: StateWriter;
  clock: Clock;
  /** `undefined` when nobody wants to know. */
  announcer: Announcer | undefined;
  /** Most findings that wait while the database cannot be written; beyond it the oldest are given up. */
  maxWaiting: number;
}

/** Collects findings and writes them. */
export class FindingWriter {
  readonly #deps: FindingWriterDeps;
  #findings: Finding[] = [];
  /** After a failure: not before this time of the monotonic clock, however much there is to write. */
  #retryAtMs = -Infinity;

  constructor(deps: FindingWriterDeps) {
    this.#deps = deps;
  }

  /** Has `finding` announced with the next {@linkcode write}. */
  add(finding: Finding): void {
    if (this.#deps.announcer !== undefined) this.#findings.push(finding);
  }

  /** Writes everything, unless that failed a short while ago. Returns whether nothing is left to write. */
  write(): boolean {
    return this.#deps.clock.monotonic() >= this.#retryAtMs && this.writeNow();
  }

  /** Writes everything. Returns false when the database could not be written; then everything waits. */
  writeNow(): boolean {
    const { database, states, announcer } = this.#deps;
    const findings = this.#findings;
    try {
      const committed = transaction(database, () => [
        states.saveChanged(),
        findings.length > 0 ? announcer?.announce(findings) : undefined,
      ]);
      this.#findings = [];
      for (const tell of committed) tell?.();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    const { clock, announcer, maxWaiting } = this.#deps;
    log.warn("Cannot write down how the agents stand: {reason}", { reason: messageOf(error) });
    this.#retryAtMs = clock.monotonic() + RETRY_AFTER_MS;
    const excess = this.#findings.length - maxWaiting;
    if (excess > 0) announcer?.giveUp(this.#findings.splice(0, excess).length);
  }
}
