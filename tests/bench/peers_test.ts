import assert from "node:assert/strict";
import { bytesBehindNumber, numberedLines } from "../../bench/peers/input.ts";
import { LineTally } from "../../bench/peers/sink/line_tally.ts";
import { Progress } from "../../bench/peers/sink/progress.ts";
import { createApp } from "../../bench/peers/sink/http.ts";
import type { Measurement } from "../../bench/peers/measure.ts";
import { type RoundMeasurement, summarise } from "../../bench/peers/summary.ts";
import { peersChart } from "../../bench/peers/chart.ts";

const LINE_BYTES = 350;
const SKIP_BYTES = bytesBehindNumber(LINE_BYTES);

Deno.test("numberedLines() - gives lines of one length, each with its own number", () => {
  const text = new TextDecoder().decode(numberedLines(98, 3, LINE_BYTES));
  const lines = text.split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(lines.map((line) => line.length + 1), [LINE_BYTES, LINE_BYTES, LINE_BYTES]);
  const numbers = lines.map((line) => /seq=(\d{9}) /.exec(line)?.[1]);
  assert.deepEqual(numbers, ["000000098", "000000099", "000000100"]);
});

Deno.test("numberedLines() - refuses lines too short for a number", () => {
  assert.throws(() => numberedLines(0, 1, 40), /Lines of 40 bytes are too short/);
});

Deno.test("LineTally - counts a line once, a repeated one as a duplicate, another's as foreign", () => {
  const tally = new LineTally(10, SKIP_BYTES);
  tally.take(numberedLines(0, 10, LINE_BYTES));
  tally.take(numberedLines(4, 2, LINE_BYTES));
  tally.take(numberedLines(10, 3, LINE_BYTES));
  assert.deepEqual(tally.tally, { lines: 10, duplicates: 2, foreign: 3, bytes: 0 });
});

Deno.test("LineTally - finds lines inside JSON", () => {
  const lines = new TextDecoder().decode(numberedLines(0, 20, LINE_BYTES)).trimEnd().split("\n");
  const body = lines.map((original) => `{"a":1}\n${JSON.stringify({ original })}`).join("\n");
  const tally = new LineTally(20, SKIP_BYTES);
  tally.take(new TextEncoder().encode(body));
  assert.equal(tally.tally.lines, 20);
});

Deno.test("LineTally - counts each line once wherever a stream is cut", () => {
  const text = numberedLines(0, 4, LINE_BYTES);
  for (let cut = 1; cut < text.length; cut++) {
    const tally = new LineTally(4, SKIP_BYTES);
    const seenTo = tally.take(text.subarray(0, cut));
    tally.take(text.subarray(seenTo));
    assert.deepEqual(tally.tally, { lines: 4, duplicates: 0, foreign: 0, bytes: 0 }, `at ${cut}`);
  }
});

Deno.test("Progress - tells when the first bytes and the last line of a measurement came", async () => {
  let nowMs = 5;
  const progress = new Progress(new LineTally(20, SKIP_BYTES), () => nowMs);
  progress.take(numberedLines(0, 10, LINE_BYTES));
  const before = await progress.until(10);
  assert.deepEqual([before.lines, before.first_ms, before.last_ms], [10, 5, 5]);
  const after = progress.until(20);
  nowMs = 100;
  progress.take(numberedLines(10, 5, LINE_BYTES));
  nowMs = 300;
  progress.take(numberedLines(15, 5, LINE_BYTES));
  const { lines, first_ms, last_ms, bytes } = await after;
  assert.deepEqual([lines, first_ms, last_ms, bytes], [20, 100, 300, 20 * LINE_BYTES]);
});

Deno.test("createApp() - lets an agent log in, counts lines, and reports them", async () => {
  const app = createApp(new Progress(new LineTally(5, SKIP_BYTES), () => 0));
  const ask = async (method: string, path: string, body?: Uint8Array<ArrayBuffer>) =>
    await app(new Request(`http://sink${path}`, { method, ...(body && { body }) }));
  const login = await ask("POST", "/api/v1/authentication", new Uint8Array());
  assert.equal((await login.json()).token.split(".").length, 3);
  const lines = new Uint8Array(numberedLines(0, 5, LINE_BYTES));
  assert.equal((await ask("POST", "/api/v1/events/stateless", lines)).status, 204);
  assert.equal((await (await ask("GET", "/tally?lines=5")).json()).lines, 5);
});

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
