/**
 * The charts of the latency figures.
 *
 * @module
 */

import { lineChart } from "../report/charts.ts";
import type { CourseResult } from "./course.ts";
import type { LatencyRow } from "./throughput.ts";

/** The server's latency is drawn on the axis of the batches: one batch stands for so much. */
const MS_A_BATCH = 50;
/** And one for so much of all requests refused. */
const SHARE_A_BATCH = 0.1;

/** Events a second by latency, a line for each limit of batches in flight. */
export function throughputChart(rows: readonly LatencyRow[]): string {
  const latencies = [...new Set(rows.map(({ latency }) => latency))];
  const limits = [...new Set(rows.map(({ max_in_flight }) => max_in_flight))];
  return lineChart({
    title: "Throughput by the server's latency",
    x: { name: "latency of the server", categories: latencies },
    y: { name: "events a second", logarithmic: true },
    series: limits.map((limit) => ({
      name: limit === "default" ? "default" : `max_in_flight ${limit}`,
      values: latencies.map((latency) =>
        rows.find((row) => row.latency === latency && row.max_in_flight === limit)
          ?.events_per_s ?? null
      ),
    })),
  });
}

/** Batches in flight over time, with what the server did. */
export function courseChart({ title, looks }: CourseResult): string {
  const refuses = looks.some(({ refused_share }) => refused_share > 0);
  const server = refuses
    ? {
      name: `answered 429 (in ${SHARE_A_BATCH * 100} %)`,
      values: looks.map(({ refused_share }) => refused_share / SHARE_A_BATCH),
    }
    : {
      name: `latency of the server (in ${MS_A_BATCH} ms)`,
      values: looks.map(({ latency_ms }) => latency_ms / MS_A_BATCH),
    };
  return lineChart({
    title,
    x: { name: "time (s)", categories: looks.map(({ at_s }) => at_s.toFixed(1)) },
    y: { name: "batches" },
    series: [
      server,
      { name: "batches in flight", values: looks.map((look) => look.batches_in_flight) },
    ],
  });
}
