/**
 * The report as a person reads it.
 *
 * @module
 */

import { FOUNDING_MS, FOUNDING_NOTE } from "./founding.ts";
import type { Row } from "./row.ts";
import type { Table } from "./tables.ts";
import type { Verdict } from "./verdicts.ts";

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

/** A figure with four digits that matter, or a dash where there is none. */
function figure(value: number | undefined): string {
  return value === undefined ? "–" : number.format(value);
}

/**
 * One table: a line for each row with the founding figure, if there is one, and the median of each
 * column with the spread of the middle half. Empty when nothing of it was measured.
 */
export function tableText(
  table: Table,
  rows: readonly Row[],
  verdicts: readonly Verdict[],
): string {
  const own = rows.filter((row) => row.table === table.id);
  if (own.length === 0) return "";
  const founding = FOUNDING_MS[table.id];
  const head = [table.x, ...(founding ? ["founding"] : []), ...Object.values(table.series)];
  const lines = [...new Set(own.map(({ x }) => x))].map((x) => [
    labelOf(x),
    ...(founding ? [figure(founding[x])] : []),
    ...Object.keys(table.series).map((series) => cell(table, own.find(isRow({ series, x })))),
  ]);
  const note = founding ? `; founding: ${FOUNDING_NOTE}` : "";
  return [
    `${table.title} (${unitOf(table)}, medians ± half the distance of the quartiles${note})`,
    ...aligned([head, ...lines]),
    ...verdicts.filter(({ table: id }) => id === table.id).map((one) => verdictText(table, one)),
  ].map((line) => `${line}\n`).join("");
}

/** The unit of a table's figures. */
export function unitOf({ shows, moves = "events" }: Table): string {
  return shows === "ms" ? "ms" : `${moves} a second`;
}

/** A row's label: counts with a comma at the thousands. */
export function labelOf(x: number | string): string {
  return typeof x === "number" ? x.toLocaleString("en") : x;
}

/** Finds the row of a column. */
export function isRow(wanted: { series: string; x: number | string }): (row: Row) => boolean {
  return ({ series, x }) => series === wanted.series && x === wanted.x;
}

function cell({ shows }: Table, row: Row | undefined): string {
  if (row === undefined) return "–";
  const value = shows === "ms" ? row.median_ms : row.events_per_s;
  return `${figure(value)} ±${Math.round(row.relative_spread * 50)} %`;
}

function verdictText({ series }: Table, verdict: Verdict): string {
  const { measured, met, x, at_least, limit } = verdict;
  const where = `${series[verdict.series]}, ${labelOf(x)}`;
  const of = `the speed of "${labelOf(limit.x)}" (${limit.table}, ${limit.series})`;
  return `  target ${met ? "met   " : "MISSED"}  ${where}: at least ${
    figure(at_least)
  } of ${of}, ` +
    `is ${figure(measured)}`;
}

/** The first column to the left, the others to the right. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  );
  return lines.map((line) =>
    line.map((text, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? `  ${text.padEnd(width)}` : text.padStart(width);
    }).join("   ")
  );
}
