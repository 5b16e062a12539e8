/**
 * All contenders, in turn, again and again: what changes on the machine meets each of them.
 *
 * @module
 */

import type { Contender } from "./contender.ts";
import { measure, type Placement } from "./measure.ts";
import type { RoundMeasurement } from "./summary.ts";

/** What is done how often. */
export interface Plan {
  rounds: number;
  lines: number;
  lineBytes: number;
  placements: readonly Placement[];
  /** Names this run, ISO 8601. */
  run: string;
}

/** Measures everybody in each round; yields each measurement as soon as there is one. */
export async function* measureRounds(
  contenders: readonly Contender[],
  { rounds, placements, run, ...work }: Plan,
): AsyncGenerator<RoundMeasurement> {
  for (let round = 1; round <= rounds; round++) {
    for (const placement of placements) {
      for (const contender of contenders) {
        yield { run, round, ...await measure(contender, { ...work, placement }) };
      }
    }
  }
}
