import assert from "node:assert/strict";
import { LogFolder, READ_INTERVAL_MS } from "../support/log_folder.ts";

Deno.test("the log collector gets on with each round, and waits for new lines in between", async () => {
  await using logs = new LogFolder();
  logs.append("a.log", "one\n");
  await logs.start();
  const before = logs.progress;
  assert.deepEqual([before?.waitsFor, before?.mayWait], ["new lines", true]);
  await logs.clock.advance(READ_INTERVAL_MS);
  assert.notEqual(logs.progress?.mark, before?.mark);
});

Deno.test("the log collector makes no progress while what it read is not taken", async () => {
  await using logs = new LogFolder();
  await logs.start();
  logs.sink.pushBack();
  logs.append("a.log", "one\n");
  await logs.clock.advance(2 * READ_INTERVAL_MS);
  const before = logs.progress;
  await logs.clock.advance(10 * READ_INTERVAL_MS);
  assert.deepEqual(logs.progress, before);
  assert.deepEqual([before?.waitsFor, before?.mayWait], ["the end of a round", false]);
  logs.sink.open();
  await logs.clock.advance(READ_INTERVAL_MS);
  assert.notEqual(logs.progress?.mark, before?.mark);
  assert.deepEqual(logs.sink.lines, ["one"]);
});
