/**
 * A row of a table as it is reported.
 *
 * @module
 */

import type { MeasuredRow } from "./deno_bench.ts";
import { describe } from "./statistics.ts";

/** One row of one column, as it stands in a results file. */
export interface Row {
  table: string;
  series: string;
  x: number | string;
  /** Events (or other things) that one iteration moves. */
  events: number;
  /** Iterations that were measured. */
  n: number;
  min_ms: number;
  median_ms: number;
  p75_ms: number;
  max_ms: number;
  /** Distance of the quartiles as a share of the median. */
  relative_spread: number;
  /** By the median. */
  events_per_s: number;
}

/** Describes the times of a row. */
export function rowOf({ times, events, ...key }: MeasuredRow): Row {
  const { n, min, median, p75, max, relative_spread } = describe(times);
  return {
    ...key,
    events,
    n,
    min_ms: rounded(min),
    median_ms: rounded(median),
    p75_ms: rounded(p75),
    max_ms: rounded(max),
    relative_spread: rounded(relative_spread),
    events_per_s: Math.round(events / median * 1_000),
  };
}

/** Four digits that matter: the clock knows no more. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
