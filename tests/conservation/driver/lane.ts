/**
 * A lane strikes one fault after the other. Several lanes side by side make faults meet.
 *
 * @module
 */

import { randomFrom } from "../../support/random.ts";
import { between, type Fault, oneOf, pause, type Target } from "./faults/fault.ts";

/** What a {@linkcode Lane} is made of. */
export interface LaneOptions {
  faults: readonly Fault[];
  /** Chosen from anew at each strike. */
  targets: readonly Target[];
  /** Shortest and longest pause between two strikes, in milliseconds. */
  pauseMs: { from: number; to: number };
  seed: number;
}

/** Strikes until its signal is aborted; counts. */
export class Lane {
  /** Strikes by the fault's name. */
  readonly struck = new Map<string, number>();
  /** Strikes whose moment did not come, by the fault's name. */
  readonly missed = new Map<string, number>();
  /** Faults that cannot be done here, with the reason. */
  readonly impossible = new Map<string, string>();
  readonly #options: LaneOptions;
  readonly #random: () => number;
  readonly #deck: Fault[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#random = randomFrom(options.seed);
    const [target] = options.targets;
    for (const fault of options.faults) {
      const reason = target && fault.impossible?.(target);
      if (reason === undefined) this.#deck.push(...Array(fault.weight).fill(fault));
      else this.impossible.set(fault.name, reason);
    }
  }

  /** True when there is nothing that it could strike. */
  get isEmpty(): boolean {
    return this.#deck.length === 0;
  }

  /** Resolves when the last strike is over. Rejects when a fault cannot be done after all. */
  async run(signal: AbortSignal): Promise<void> {
    const { targets, pauseMs } = this.#options;
    while (!signal.aborted) {
      await pause(between(this.#random, pauseMs.from, pauseMs.to), signal);
      if (signal.aborted) return;
      const fault = oneOf(this.#random, this.#deck);
      await this.#strike(fault, { target: oneOf(this.#random, targets), signal });
    }
  }

  async #strike(
    fault: Fault,
    { target, signal }: { target: Target; signal: AbortSignal },
  ): Promise<void> {
    let counts = this.struck;
    const missed = () => {
      counts = this.missed;
    };
    await fault.strike({ ...target, random: this.#random, signal, missed });
    counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
  }
}
