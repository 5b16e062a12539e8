/**
 * What the monitor finds, until it is written down: how the agents stand and what is announced of it, together. So a change is both
 * remembered and announced, or neither, and is then found again.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { States } from "../stores/states.ts";
import type { Announcer, Finding } from "./announcement.ts";
import type { StateWriter } from "./state_writer.ts";

/** When writing that failed is tried again. */
export const RETRY_AFTER_MS = 1_000;

const log = getLogger(["manager", "keep_alive"]);

/** What a {@linkcode FindingWriter} works with. */
interface FindingWriterDeps {
  states: States;
  writer: StateWriter;
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

  /** Writes everything, unless that failed a short while ago. Resolves to whether nothing is left to write. */
  async write(): Promise<boolean> {
    return this.#deps.clock.monotonic() >= this.#retryAtMs && await this.writeNow();
  }

  /** Writes everything. Resolves to false when it could not be written; then everything waits. */
  async writeNow(): Promise<boolean> {
    // Taken out, not copied: what is under way must not be written twice.
    const findings = this.#findings.splice(0);
    const changed = this.#deps.writer.takeChanged();
    if (findings.length === 0 && changed.states.length === 0) return true;
    try {
      await this.#deps.states.save({ states: changed.states, findings });
      return true;
    } catch (error) {
      changed.putBack();
      this.#findings.unshift(...findings);
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
