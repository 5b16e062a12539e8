import assert from "node:assert/strict";
import { FOUNDING_MS } from "../../bench/report/founding.ts";
import { type Row, rowOf } from "../../bench/report/row.ts";
import { tableChart } from "../../bench/report/table_charts.ts";
import { type Table, TABLES } from "../../bench/report/tables.ts";
import { tableText } from "../../bench/report/text.ts";
import { verdicts } from "../../bench/report/verdicts.ts";

const LIMIT = { table: "batch_size", series: "raw" };
const TABLE: Table = {
  id: "batch_size",
  title: "Events by batch size",
  x: "batch size (events)",
  series: { http: "HTTP", tls: "TLS" },
  shows: "ms",
  targets: [
    { series: "http", x: 100, at_least: 0.25, limit: { ...LIMIT, x: 100 } },
    { series: "tls", x: 100, at_least: 0.25, limit: { ...LIMIT, x: 100 } },
    { series: "tls", x: 1_000, at_least: 0.25, limit: { ...LIMIT, x: 100 } },
    { series: "http", x: 1_000, at_least: 0.25, limit: { ...LIMIT, x: 1_000 } },
  ],
};

function row(series: string, x: number, ...times: number[]): Row {
  return rowOf({ table: TABLE.id, series, x, events: 1_000, times });
}

const ROWS = [
  row("http", 100, 10, 10, 12),
  row("tls", 100, 14),
  row("http", 1_000, 5),
  row("raw", 100, 3),
];

Deno.test("rowOf() gives events a second by the median", () => {
  const { n, median_ms, max_ms, events_per_s } = row("http", 1, 400, 500, 900);
  assert.deepEqual({ n, median_ms, max_ms, events_per_s }, {
    n: 3,
    median_ms: 500,
    max_ms: 900,
    events_per_s: 2_000,
  });
});

Deno.test("verdicts() are shares of a limit of the same run; none without figure or limit", () => {
  assert.deepEqual(
    verdicts(TABLE, ROWS).map(({ series, measured, met }) => [series, measured, met]),
    [["http", 0.3, true], ["tls", 0.214, false]],
  );
});

Deno.test("verdicts() are the same on a machine that is ten times slower", () => {
  const slower = ROWS.map((row) => ({ ...row, events_per_s: row.events_per_s / 10 }));
  assert.deepEqual(verdicts(TABLE, slower), verdicts(TABLE, ROWS));
});

Deno.test("tableText() has founding figures, columns, gaps and verdicts", () => {
  const text = tableText(TABLE, ROWS, verdicts(TABLE, ROWS));
  assert.match(text, /founding: C\+\+ prototype/);
  assert.match(text, /^ {2}batch size \(events\) +founding +HTTP +TLS$/m);
  assert.match(text, /^ {2}100 +830 +10 ±5 % +14 ±0 %$/m);
  assert.match(text, /^ {2}1,000 +856 +5 ±0 % +–$/m);
  const limit = 'at least 0.25 of the speed of "100" \\(batch_size, raw\\)';
  assert.match(text, new RegExp(`target met +HTTP, 100: ${limit}, is 0\\.3$`, "m"));
  assert.match(text, new RegExp(`target MISSED +TLS, 100: ${limit}, is 0\\.214$`, "m"));
});

Deno.test("tableText() is empty when nothing of the table was measured", () => {
  assert.equal(tableText({ ...TABLE, id: "queue" }, ROWS, []), "");
});

Deno.test("tableChart() shows founding and measured figures with units", () => {
  const svg = tableChart(TABLE, ROWS);
  assert.match(svg, /^<svg /);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  for (
    const wanted of [
      "Events by batch size",
      "batch size (events)",
      "time (ms)",
      "founding figure",
      "agent, HTTP",
      "830",
      "14",
    ]
  ) {
    assert.ok(texts.includes(wanted), `no "${wanted}" in ${texts}`);
  }
});

Deno.test("every founding figure belongs to a table, and every target to a column", () => {
  const ids = TABLES.map(({ id }) => id);
  assert.deepEqual(Object.keys(FOUNDING_MS).filter((id) => !ids.includes(id)), []);
  for (const { series, targets } of TABLES) {
    for (const target of targets) {
      assert.ok(target.series in series, JSON.stringify(target));
      const limits = TABLES.find(({ id }) => id === target.limit.table)?.series ?? {};
      assert.ok(target.limit.series in limits, JSON.stringify(target));
    }
  }
});
