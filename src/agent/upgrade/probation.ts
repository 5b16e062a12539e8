/**
 * The first minutes of a version that has passed its trial: one that keeps dying in them is left again.
 *
 *     deaths 0..2   it is started again, as by whoever starts agents
 *     deaths 3      `current` names the version before, the release counts as failed
 *     5 min up      it is over; a death from then on is no business of the upgrade
 *
 * Who counts: the process above it where an agent that was replaced waits there, which works also when the new version dies before
 * it can count; under a service manager the new version itself, at its start. An end in good order is no death, and a kill by hand is
 * one, so that two of them do nothing.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { Installation } from "./installation.ts";
import type { Probation as Noted, UpgradeOutcome, UpgradeRecord } from "./upgrade_record.ts";

/** What a {@linkcode Probation} is built with. */
interface ProbationDeps {
  record: UpgradeRecord;
  installation: Installation | undefined;
  /** Of this process. */
  version: string;
  clock: Clock;
}

/** How long a version has to be up without a break, in milliseconds. */
const PROBATION_MS = 300_000;
const MOST_DEATHS = 3;

/** Counts how often a version died that has just been taken into use. */
export class Probation {
  readonly #deps: ProbationDeps;
  #upSinceMs: number | undefined;
  #isOver = false;

  constructor(deps: ProbationDeps) {
    this.#deps = deps;
  }

  /**
   * A version starts that nobody watches: if the one before it on this data folder did not end in good order, that was a death.
   *
   * @returns what came of it when the version before is in use again, and this one has to end
   * @throws what the file system says
   */
  begin(): UpgradeOutcome | undefined {
    const noted = this.#own();
    if (noted === undefined) return undefined;
    const back = noted.is_running ? this.died() : undefined;
    if (back === undefined) this.observe();
    return back;
  }

  /**
   * To be called now and then while the version is up.
   *
   * @throws what the file system says
   */
  observe(): void {
    if (this.#isOver) return;
    const { record, clock } = this.#deps;
    const noted = this.#own();
    if (noted === undefined) {
      this.#isOver = true;
      return;
    }
    const nowMs = clock.monotonic();
    this.#upSinceMs ??= nowMs;
    if (nowMs - this.#upSinceMs >= PROBATION_MS) record.noteProbation(null);
    else if (!noted.is_running) record.noteProbation({ ...noted, is_running: true });
  }

  /** The version ends in good order. @throws what the file system says */
  end(): void {
    const noted = this.#own();
    if (noted?.is_running) this.#deps.record.noteProbation({ ...noted, is_running: false });
  }

  /** Whether a version is on probation, this one or another. */
  get isOpen(): boolean {
    return this.#deps.record.look().probation !== null;
  }

  /**
   * The version on probation has died.
   *
   * @returns what came of it when the version before is in use again
   * @throws what the file system says
   */
  died(): UpgradeOutcome | undefined {
    const { record } = this.#deps;
    const { probation } = record.read();
    if (probation === null) return undefined;
    const deaths = probation.deaths + 1;
    record.noteProbation({ ...probation, deaths, is_running: false });
    return deaths < MOST_DEATHS ? undefined : this.#takeBack(probation, deaths);
  }

  #own(): Noted | undefined {
    const { record, version } = this.#deps;
    const { probation } = record.look();
    return probation?.to === version ? probation : undefined;
  }

  #takeBack({ from, to, release, document_id }: Noted, deaths: number): UpgradeOutcome | undefined {
    const { record, installation, clock } = this.#deps;
    if (installation === undefined) return undefined;
    installation.switchTo(from);
    const outcome: UpgradeOutcome = {
      from: to,
      to: from,
      release,
      code: 1,
      reason: "kept_dying",
      message: `${to} ended by itself ${deaths} times in its first minutes; ${from} is back in use`,
      at: new Date(clock.now()).toISOString(),
      document_id,
      announced: false,
    };
    record.end(outcome, { blames: true, endsProbation: true });
    // What came as a release is not gone back to; another version may be wanted still.
    if (release !== null) installation.remove(to);
    return outcome;
  }
}
