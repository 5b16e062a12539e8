/**
 * Whether the targets were met.
 *
 * @module
 */

import type { Row } from "./row.ts";
import type { Table, Target } from "./tables.ts";

/** A target beside what was measured, as it stands in a results file. */
export type Verdict = Target & { table: string; measured: number; met: boolean };

/** Compares the medians of `rows` with the targets of `table`; says nothing of what was not measured. */
export function verdicts({ id, targets }: Table, rows: readonly Row[]): Verdict[] {
  return targets.flatMap((target) => {
    const row = rows.find(({ table, series, x }) =>
      table === id && series === target.series && x === target.x
    );
    return row === undefined ? [] : [{ table: id, ...target, ...compare(target, row) }];
  });
}

function compare(target: Target, { median_ms, events_per_s }: Row) {
  return "at_most_ms" in target
    ? { measured: median_ms, met: median_ms <= target.at_most_ms }
    : { measured: events_per_s, met: events_per_s >= target.at_least_per_s };
}
