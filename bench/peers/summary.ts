/**
 * What is said of all rounds: medians, and ratios within rounds.
 *
 * Only what was measured in the same round of the same run is divided: the machine's speed changes
 * between runs more than what is to be seen.
 *
 * @module
 */

import { describe } from "../report/statistics.ts";
import type { Measurement, Placement } from "./measure.ts";

/** A measurement and the round that it was made in. */
export interface RoundMeasurement extends Measurement {
  /** When the run began, ISO 8601. */
  run: string;
  /** From 1 on. */
  round: number;
}

/** Medians over the rounds of one contender in one placement. */
export interface Summary {
  contender: string;
  placement: Placement;
  rounds: number;
  lines_per_second: number;
  /** Distance of the quartiles of `lines_per_second` as a share of it. */
  relative_spread: number;
  cpu_us_per_line: number;
  peak_resident_bytes: number;
  written_per_input_byte: number;
  sent_bytes_per_line: number;
  /** Lines a second, as a multiple of the reference's in the same round; `null` without it. */
  ratio: number | null;
  /** CPU time a line, likewise: less is better. */
  cpu_ratio: number | null;
}

/** Sums up each contender in each placement, in order of appearance. */
export function summarise(all: readonly RoundMeasurement[], reference: string): Summary[] {
  const groups = Map.groupBy(all, ({ contender, placement }) => `${placement} ${contender}`);
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { contender, placement } = first;
    const median = (figure: keyof Measurement) =>
      describe(own.map((measurement) => Number(measurement[figure]))).median;
    return [{
      contender,
      placement,
      rounds: own.length,
      lines_per_second: median("lines_per_second"),
      relative_spread: describe(own.map((one) => one.lines_per_second)).relative_spread,
      cpu_us_per_line: median("cpu_us_per_line"),
      peak_resident_bytes: median("peak_resident_bytes"),
      written_per_input_byte: median("written_per_input_byte"),
      sent_bytes_per_line: median("sent_bytes_per_line"),
      ratio: medianRatio("lines_per_second", own, all, reference),
      cpu_ratio: medianRatio("cpu_us_per_line", own, all, reference),
    }];
  });
}

function medianRatio(
  figure: "lines_per_second" | "cpu_us_per_line",
  own: readonly RoundMeasurement[],
  all: readonly RoundMeasurement[],
  reference: string,
): number | null {
  const ratios = own.flatMap((one) => {
    const other = all.find((measurement) =>
      measurement.contender === reference && measurement.run === one.run &&
      measurement.round === one.round && measurement.placement === one.placement
    );
    return other === undefined ? [] : [one[figure] / other[figure]];
  });
  return ratios.length === 0 ? null : describe(ratios).median;
}
