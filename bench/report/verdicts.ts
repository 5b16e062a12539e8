/**
 * Whether the targets were met.
 *
 * @module
 */

import type { Row } from "./row.ts";
import type { FigureKey, Table, Target } from "./tables.ts";

/** A target beside what was measured, as it stands in a results file. */
export type Verdict = Target & { table: string; measured: number; met: boolean };

/**
 * Compares the medians of `rows` with the targets of `table`; says nothing of what was not measured, nor of that whose
 * limit was not measured in the same run.
 */
export function verdicts({ id, targets }: Table, rows: readonly Row[]): Verdict[] {
  return targets.flatMap((target) => {
    const speed = speedOf(rows, { ...target, table: id });
    const limit = speedOf(rows, target.limit);
    if (speed === undefined || limit === undefined) return [];
    const measured = Number((speed / limit).toPrecision(3));
    return [{ table: id, ...target, measured, met: measured >= target.at_least }];
  });
}

function speedOf(rows: readonly Row[], { table, series, x }: FigureKey): number | undefined {
  return rows.find((row) => row.table === table && row.series === series && row.x === x)
    ?.events_per_s;
}
