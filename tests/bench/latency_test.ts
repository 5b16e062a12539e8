import assert from "node:assert/strict";
import { courseChart, throughputChart } from "../../bench/latency/charts.ts";
import {
  type CourseLook,
  type Phase,
  REFUSALS,
  SLOWNESS,
  verdictOn,
} from "../../bench/latency/course.ts";
import { parseLatencyOptions } from "../../bench/latency/options.ts";
import { summaryOf } from "../../bench/latency/throughput.ts";

Deno.test("summaryOf() takes the rate between the first look and the last", () => {
  const looks = [
    { atMs: 1_000, acknowledged: 500, inFlight: 4 },
    { atMs: 2_000, acknowledged: 900, inFlight: 3 },
    { atMs: 3_000, acknowledged: 2_500, inFlight: 4 },
  ];
  assert.deepEqual(summaryOf(looks), {
    events_per_s: 1_000,
    in_flight_peak: 4,
    in_flight_mean: 3.7,
  });
  assert.throws(() => summaryOf(looks.slice(0, 1)), RangeError);
});

Deno.test("verdictOn() compares the settled half of each phase", () => {
  const looks = [...looksOf("before", 8, 8), ...looksOf("during", 8, 2), ...looksOf("after", 2, 8)];
  assert.deepEqual(verdictOn(looks), {
    in_flight: { before: 8, during: 2, after: 8 },
    lowered: true,
    recovered: true,
  });
  const stuck = [...looksOf("before", 8, 8), ...looksOf("during", 8, 8), ...looksOf("after", 8, 4)];
  const { lowered, recovered } = verdictOn(stuck);
  assert.deepEqual({ lowered, recovered }, { lowered: false, recovered: false });
});

Deno.test("each course ends as it began", () => {
  for (const { phases } of [REFUSALS, SLOWNESS]) {
    const [first, last] = [phases[0], phases.at(-1)];
    assert.equal(first?.name, "before");
    assert.equal(last?.name, "after");
    assert.equal(first?.latency_ms, last?.latency_ms);
    assert.equal(first?.refused_share, last?.refused_share);
  }
});

Deno.test("the charts are SVG with every series", () => {
  const measured = { in_flight_peak: 4, in_flight_mean: 4, peak_resident_bytes: 1 };
  const svg = throughputChart([
    { latency: "5ms", max_in_flight: "default", events_per_s: 10, ...measured },
    { latency: "5ms", max_in_flight: 4, events_per_s: 20, ...measured },
  ]);
  for (const text of ["<svg", "default", "max_in_flight 4", "5ms"]) assert.ok(svg.includes(text));
  const course = { name: "429", title: "A bad time", looks: looksOf("before", 1, 1) };
  const courseSvg = courseChart({ ...course, ...verdictOn(allPhases()) });
  for (const text of ["<svg", "A bad time", "batches in flight"]) {
    assert.ok(courseSvg.includes(text));
  }
});

Deno.test("given latencies and limits replace the default ones", () => {
  const given = ["--latencies", "5ms", "1s", "--limits", "default", "2", "--no-courses"];
  const { latencies, limits, courses, results } = parseLatencyOptions(given);
  assert.deepEqual({ latencies, limits, courses, results }, {
    latencies: ["5ms", "1s"],
    limits: ["default", 2],
    courses: false,
    results: true,
  });
  assert.equal(parseLatencyOptions([]).latencies.length, 6);
});

/** Two looks of a phase, the first still finding out. */
function looksOf(phase: Phase["name"], first: number, settled: number): CourseLook[] {
  return [first, settled].map((batches_in_flight, index) => ({
    phase,
    at_s: index,
    latency_ms: 20,
    refused_share: 0,
    batches_in_flight,
    acknowledged_events: 0,
  }));
}

function allPhases(): CourseLook[] {
  return [...looksOf("before", 1, 1), ...looksOf("during", 1, 1), ...looksOf("after", 1, 1)];
}
