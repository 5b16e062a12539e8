/**
 * The agent with its promise broken: a collector is told that its lines are stored, and the place to go on from is on
 * disk, while the lines themselves are not yet. Shows that the driver notices.
 *
 * @module
 */

import { Queue } from "../../../src/agent/queue/queue.ts";

const LATE_MS = 1_000;

const append = Queue.prototype.append;
Queue.prototype.append = async function (group, options) {
  // The collector uses its buffers again as soon as it believes them stored.
  const events = group.events.map((item) =>
    typeof item === "string" ? item : { ...item, bytes: item.bytes.slice() }
  );
  const acknowledged = await append.call(this, { ...group, events: [] }, options);
  setTimeout(() => append.call(this, { stream: group.stream, events }).catch(() => {}), LATE_MS);
  return acknowledged;
};

await import("../../../src/main.ts");
