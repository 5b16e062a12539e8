/**
 * Which charts are drawn, and of what.
 *
 * @module
 */

import { barChart } from "./charts.ts";
import { FOUNDING_MS } from "./founding.ts";
import type { Row } from "./row.ts";
import type { Table } from "./tables.ts";
import { isRow, labelOf, unitOf } from "./text.ts";

/** From this ratio of the largest to the smallest figure on, small bars vanish on a linear axis. */
const LOGARITHMIC_FROM = 20;

/** Measured only where there is a target: too few for bars of their own. */
const LIMIT_SERIES = "raw";

/** The table as bars, the founding figures first. */
export function tableChart(table: Table, rows: readonly Row[]): string {
  const own = rows.filter((row) => row.table === table.id);
  const xs = [...new Set(own.map(({ x }) => x))];
  const founding = FOUNDING_MS[table.id];
  const ours = Object.entries(table.series)
    .filter(([series]) => series !== LIMIT_SERIES)
    .map(([series, name]) => ({
      name: founding ? `agent, ${name}` : name,
      values: xs.map((x) => figureOf(table, own.find(isRow({ series, x })))),
    }));
  const theirs = { name: "founding figure", values: xs.map((x) => founding?.[x] ?? null) };
  const series = founding ? [theirs, ...ours] : ours;
  const name = table.shows === "ms" ? "time (ms)" : unitOf(table);
  return barChart({
    title: table.title,
    x: { name: table.x, categories: xs.map(labelOf) },
    y: { name, logarithmic: ratioOf(series.flatMap(({ values }) => values)) > LOGARITHMIC_FROM },
    series,
    horizontal: xs.some((x) => typeof x === "string"),
  });
}

function figureOf({ shows }: Table, row: Row | undefined): number | null {
  return (shows === "ms" ? row?.median_ms : row?.events_per_s) ?? null;
}

function ratioOf(values: readonly (number | null)[]): number {
  const given = values.filter((value) => value !== null);
  return Math.max(...given) / Math.min(...given);
}
