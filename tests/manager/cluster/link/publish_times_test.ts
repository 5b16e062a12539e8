import assert from "node:assert/strict";
import { PublishTimes } from "../../../../src/manager/cluster/link/publish_times.ts";

Deno.test("PublishTimes tells what 99 of 100 messages of the last minute did not exceed", () => {
  const times = new PublishTimes();
  assert.equal(times.p99Ms(0), null);
  for (let tookMs = 1; tookMs <= 100; tookMs++) times.add(1_000 - tookMs, 1_000);
  assert.equal(times.p99Ms(1_000), 99);
  times.add(60_993, 61_000);
  assert.equal(times.p99Ms(61_000), 99);
  assert.equal(times.p99Ms(61_001), 7, "the others are older than a minute");
  assert.equal(times.p99Ms(200_000), null);
  for (let count = 0; count < 3_000; count++) times.add(199_998, 200_000);
  assert.equal(times.p99Ms(200_000), 2, "only the newest are remembered");
});
