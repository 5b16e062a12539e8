/**
 * How an upgrade ended, as each of the processes that take part in it can tell.
 *
 * The version that watches writes the end into the record. When it was killed before it could, the link decides: the version that it
 * names is the one that counts.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { Installation } from "./installation.ts";
import type { UpgradeAttempt, UpgradeOutcome, UpgradeRecord } from "./upgrade_record.ts";

/** What a {@linkcode Settlement} is built with. */
interface SettlementDeps {
  record: UpgradeRecord;
  installation: Installation | undefined;
  /** Of this process. */
  version: string;
  /** Whether this process is on trial, and another one watches it. */
  isTrial: boolean;
  clock: Clock;
}

const LOOK_INTERVAL_MS = 250;
/** The watcher writes the record right after it has switched the link; on a full disk it cannot. */
const RECORD_WITHIN_MS = 5_000;

/** Tells how upgrades ended. */
export class Settlement {
  readonly #deps: SettlementDeps;
  #isOver: boolean;

  constructor(deps: SettlementDeps) {
    this.#deps = deps;
    this.#isOver = !deps.isTrial;
  }

  /** Whether this process is on trial still. */
  get isOpen(): boolean {
    if (this.#isOver) return false;
    const { record, installation, version } = this.#deps;
    // Another attempt may have begun, and ended, since: the link says whether this version passed.
    const { attempt } = record.look();
    const isWatched = attempt?.state === "trial" && attempt.to === version;
    this.#isOver = !isWatched && installation?.current === version;
    return !this.#isOver;
  }

  /**
   * Ends what a process before left open; to be called at the start, by whoever holds the lock. Does nothing on trial.
   *
   * @returns what came of it; `undefined` when nothing was open
   * @throws what the file system says
   */
  settleLeftOver(): UpgradeOutcome | undefined {
    const { record, isTrial } = this.#deps;
    if (isTrial) return undefined;
    const { attempt } = record.read();
    if (attempt === null) return undefined;
    const outcome = this.#outcomeOf(attempt);
    record.end(outcome);
    return outcome;
  }

  /**
   * What came of the upgrade that an order asked for, as soon as that is known.
   *
   * @throws the signal's reason
   */
  async outcomeFor(documentId: string, signal: AbortSignal): Promise<UpgradeOutcome | undefined> {
    const { record, clock } = this.#deps;
    let switchedMs: number | undefined;
    for (;;) {
      const { attempt } = record.look();
      if (attempt?.document_id !== documentId) return record.outcomeOf(documentId);
      if (this.#hasSwitched(attempt)) switchedMs ??= clock.monotonic();
      if (switchedMs !== undefined && clock.monotonic() - switchedMs >= RECORD_WITHIN_MS) {
        return this.#outcomeOf(attempt);
      }
      await clock.sleep(LOOK_INTERVAL_MS, signal);
    }
  }

  #hasSwitched({ state, to }: UpgradeAttempt): boolean {
    const { installation, version } = this.#deps;
    return state === "trial" && to === version && installation?.current === version;
  }

  #outcomeOf(attempt: UpgradeAttempt): UpgradeOutcome {
    const { state, from, to, release, since, document_id } = attempt;
    const at = new Date(this.#deps.clock.now()).toISOString();
    const common = { from, to, release, at, document_id, announced: false };
    if (this.#hasSwitched(attempt)) {
      const message = `upgraded ${from} → ${to} (interrupted at its end, begun at ${since})`;
      return { ...common, code: 0, reason: null, message };
    }
    const where = state === "trial" ? `while ${to} was on trial` : "before the trial";
    const message = `upgrade ${from} → ${to} interrupted ${where}; ${this.#deps.version} goes on`;
    return { ...common, code: 1, reason: "interrupted", message };
  }
}
