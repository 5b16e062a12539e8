import assert from "node:assert/strict";
import { configureLog } from "../../../../src/shared/log/log.ts";
import { QueueWatch } from "../../../../src/agent/app/watches/queue_watch.ts";

Deno.test("QueueWatch says once that the queue is full, and once that it has room again", () => {
  const lines: string[] = [];
  const log = configureLog({
    level: "info",
    format: "json",
    isTerminal: false,
    write: (line) => lines.push(line),
  });
  const watch = new QueueWatch();
  const bounds = { max_events: 10, max_bytes: 100 };
  for (const since of [undefined, 5, 5, 5, undefined, undefined]) {
    watch.observe({ fullSinceMs: since, diskIsLow: false }, bounds);
    watch.observe({ fullSinceMs: 5, diskIsLow: true }, bounds);
  }
  log.close();
  const told = lines.map((line) => JSON.parse(line)).map(({ level, message }) => [level, message]);
  assert.deepEqual(told, [
    ["error", "The queue is full: what is collected has to wait for room"],
    ["info", "The queue has room again: what is collected is taken in"],
  ]);
});
