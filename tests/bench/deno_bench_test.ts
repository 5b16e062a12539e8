import assert from "node:assert/strict";
import { readRun, runSuite } from "../../bench/report/deno_bench.ts";
import { readSamples } from "../../bench/support/samples.ts";
import { TempFolder } from "../support/queues.ts";

const SAMPLE = { table: "t", series: "s", x: 100, events: 1_000 };

function report(...results: object[]): string {
  return JSON.stringify({ version: 1, benches: [{ group: "t", name: "s 100", results }] });
}

Deno.test("readRun() keeps the samples that deno bench measured, not those that warmed up", () => {
  const samples = [90, 10, 12, 11].map((ms) => ({ ...SAMPLE, ms }));
  const other = { ...SAMPLE, x: 10, ms: 5 };
  const run = readRun(report({ ok: { n: 3, avg: 1 } }), [other, ...samples]);
  assert.deepEqual(run, { rows: [{ ...SAMPLE, times: [10, 12, 11] }], failures: [] });
});

Deno.test("readRun() tells why a row failed", () => {
  const run = readRun(report({ failed: { message: "2 events\n are missing", stack: "…" } }), []);
  assert.deepEqual(run, { rows: [], failures: ["t s 100: 2 events are missing"] });
});

Deno.test("readRun() fails a row with fewer samples than iterations", () => {
  const run = readRun(report({ ok: { n: 3 } }), [{ ...SAMPLE, ms: 1 }]);
  assert.deepEqual(run, { rows: [], failures: ["t s 100: 1 of 3 samples"] });
});

Deno.test("readRun() fails when deno bench ended without a report", () => {
  assert.deepEqual(readRun("", []).failures, ["deno bench gave no report"]);
});

Deno.test("readSamples() refuses a time that was never taken", () => {
  const text = JSON.stringify({ ...SAMPLE, ms: NaN });
  assert.throws(() => readSamples(text));
});

const MEASURE = new URL("../../bench/support/measure.ts", import.meta.url);

/** Runs a suite of one row whose iteration is `body`. */
async function runRow(body: string) {
  using folder = new TempFolder();
  const file = folder.file("made_bench.ts");
  const row = JSON.stringify(SAMPLE);
  await Deno.writeTextFile(
    file,
    `import { measure } from "${MEASURE}";\nmeasure(${row}, async (stopwatch) => { ${body} });\n`,
  );
  return await runSuite(new URL(`file://${file}`), { quick: true });
}

Deno.test("runSuite() measures between start and end of the stopwatch", async () => {
  const sleep = "await new Promise((resolve) => setTimeout(resolve, 20));";
  const { rows, failures } = await runRow(
    `${sleep} stopwatch.start(); stopwatch.end(); ${sleep}`,
  );
  assert.deepEqual(failures, []);
  const [row] = rows;
  assert.ok(row !== undefined && row.times.every((ms) => ms < 15), JSON.stringify(row));
});

Deno.test("runSuite() fails a row whose check fails after the timed part", async () => {
  const { rows, failures } = await runRow(
    `stopwatch.start(); stopwatch.end(); throw new Error("1 event is missing");`,
  );
  assert.deepEqual(rows, []);
  assert.match(failures[0] ?? "", /t s 100: 1 event is missing/);
});
