/**
 * Fills and empties a queue in this process, without agent or network: what the queue itself costs by its length.
 *
 * @module
 */

import { Queue } from "../../src/agent/queue/queue.ts";
import type { BatchLimits } from "../../src/agent/queue/types.ts";
import { eventsOfSize } from "../support/events.ts";

/** Events in a group that is appended, and in a batch. */
const GROUP_EVENTS = 1_000;
const LIMITS: BatchLimits = { max_events: GROUP_EVENTS, max_bytes: 1_000_000 };
/** Appends that wait for the disk together. */
const APPENDS_AT_ONCE = 4;

/** Opens the queue at `path`, with room for everything. */
export function openRoomyQueue(path: string): Queue {
  return Queue.open({
    path,
    max: { events: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER },
    maxDeadLetterBytes: LIMITS.max_bytes,
    chunkLimits: LIMITS,
    now: () => Date.now(),
  });
}

/** Appends so many events of the usual size; gives events per second. */
export async function fill(queue: Queue, events: number): Promise<number> {
  const group = { stream: "stateless", events: eventsOfSize(GROUP_EVENTS) } as const;
  const startedAt = performance.now();
  for (let appended = 0; appended < events; appended += GROUP_EVENTS * APPENDS_AT_ONCE) {
    const groups = Math.min(APPENDS_AT_ONCE, Math.ceil((events - appended) / GROUP_EVENTS));
    await Promise.all(Array.from({ length: groups }, () => queue.append(group)));
  }
  return events / secondsSince(startedAt);
}

/** Takes so many events out, batch by batch, as a dispatcher does; gives events per second. */
export async function drain(queue: Queue, events: number): Promise<number> {
  const claim = { limits: LIMITS, encoding: "identity", agent_line: "{}" } as const;
  const startedAt = performance.now();
  for (let drained = 0; drained < events && queue.waiting("stateless").events > 0;) {
    const batch = await queue.claim("stateless", claim);
    if (batch === undefined) throw new Error("Events wait, but there is no batch of them");
    if (queue.body(batch).length < batch.bytes) throw new Error("A body is too short");
    await queue.acknowledge(batch, { status: 204 });
    drained += batch.events;
  }
  return events / secondsSince(startedAt);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}
