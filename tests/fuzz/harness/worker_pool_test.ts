import assert from "node:assert/strict";
import { hangWatch } from "./worker_pool.ts";

Deno.test("hangWatch() reports a case that is not followed by another for a minute", () => {
  const begun = new Int32Array(new SharedArrayBuffer(4));
  let nowMs = 0;
  const reports: number[] = [];
  const look = hangWatch(begun, { report: (cases) => reports.push(cases), now: () => nowMs });
  for (const atMs of [0, 30_000, 60_000]) {
    nowMs = atMs;
    Atomics.add(begun, 0, 1);
    look();
  }
  nowMs = 119_000;
  look();
  assert.deepEqual(reports, []);
  nowMs = 121_000;
  look();
  assert.deepEqual(reports, [3]);
});
