import assert from "node:assert/strict";
import { peersChart } from "../../bench/peers/chart.ts";
import type { Measurement } from "../../bench/peers/measure.ts";
import { type RoundMeasurement, summarise } from "../../bench/peers/summary.ts";

/** What was measured in the round, with this speed. */
function measured(contender: string, round: number, lines_per_second: number): RoundMeasurement {
  const figures: Measurement = {
    contender,
    placement: "free",
    lines: 1_000,
    lines_per_second,
    cpu_us_per_line: 10,
    peak_resident_bytes: 1e6,
    written_per_input_byte: 2,
    sent_bytes_per_line: 500,
  };
  return { run: "2026-02-19T20:25:46.807Z", round, ...figures };
}

Deno.test("summarise() - takes medians, and ratios within a round only", () => {
  const all = [
    measured("ours", 1, 200),
    measured("peer", 1, 100),
    measured("ours", 2, 900),
    measured("peer", 2, 300),
    measured("ours", 3, 400),
    measured("peer", 3, 100),
    // Of another run: without the peer beside it there is no ratio.
    { ...measured("ours", 1, 1), run: "2026-02-20T00:00:00.000Z" },
  ];
  const [ours, peer] = summarise(all, "peer");
  assert.deepEqual([ours?.rounds, ours?.lines_per_second, ours?.ratio], [4, 300, 3]);
  assert.deepEqual([peer?.rounds, peer?.lines_per_second, peer?.ratio], [3, 100, 1]);
});

Deno.test("summarise() - has no ratio without the reference", () => {
  assert.equal(summarise([measured("ours", 1, 200)], "peer")[0]?.ratio, null);
});

Deno.test("peersChart() - names every contender", () => {
  const summaries = summarise([measured("ours", 1, 200), measured("peer", 1, 100)], "peer");
  const svg = peersChart(summaries, (contender) => `the ${contender}`);
  assert.match(svg, /^<svg/);
  for (const label of ["the ours", "the peer"]) assert.ok(svg.includes(label));
});
