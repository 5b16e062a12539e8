import type { Clock } from "../../shared/clock.ts";

/** A step of an upgrade, as its result and the journal have it. */
export interface UpgradeStep {
  step: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** Told of each step before it is begun; resolves when it is stored. */
export type NoteStep = (steps: readonly UpgradeStep[]) => Promise<void>;

/** How far one upgrade is. */
export class UpgradeSteps {
  readonly list: UpgradeStep[] = [];
  /** The version that it leads to, once that is known. */
  to: string | undefined;
  /** Its release. */
  release: number | undefined;
  /** Whether it was put here by this upgrade, and nothing lay here under its name before. */
  isNew = false;
  /** Of the download. */
  percent: number | undefined;
  readonly #clock: Clock;
  readonly #note: NoteStep;

  constructor(note: NoteStep, clock: Clock) {
    this.#note = note;
    this.#clock = clock;
  }

  /** The step that was begun last. */
  get step(): string | undefined {
    return this.list.at(-1)?.step;
  }

  /** Notes a step; resolves once that is stored. */
  async begin(step: string): Promise<void> {
    this.list.push({ step, at: new Date(this.#clock.now()).toISOString() });
    await this.#note(this.list);
  }
}
