/**
 * The comparison as a chart.
 *
 * @module
 */

import { barChart } from "../report/charts.ts";
import type { Placement } from "./measure.ts";
import type { Summary } from "./summary.ts";

const PLACEMENTS: Readonly<Record<Placement, string>> = {
  free: "free on all processors",
  pinned: "sender and sink pinned to one each",
};

/** Draws lines a second of each contender, as SVG; `labelOf` names a contender for people. */
export function peersChart(
  summaries: readonly Summary[],
  labelOf: (contender: string) => string,
): string {
  const contenders = [...new Set(summaries.map(({ contender }) => contender))];
  const value = (contender: string, placement: string) =>
    summaries.find((one) => one.contender === contender && one.placement === placement)
      ?.lines_per_second ?? null;
  return barChart({
    title: "From a followed file to a counting sink",
    x: { name: "", categories: contenders.map(labelOf) },
    y: { name: "lines a second, 350 bytes each" },
    series: Object.entries(PLACEMENTS).map(([placement, name]) => ({
      name,
      values: contenders.map((contender) => value(contender, placement)),
    })),
    horizontal: true,
  });
}
