/**
 * The queue's part of an event's way, as a benchmark that can be repeated under other settings:
 * append, claim, body, acknowledge.
 *
 * @module
 */

import assert from "node:assert/strict";
import { megabytes } from "../../report/megabytes.ts";
import { ownCpuMs, readDiskWritten } from "../../support/process_usage.ts";
import { EVENT_BYTES, makeEvents } from "./events.ts";
import { LoopWatch } from "./loop_watch.ts";
import { note } from "./side_figures.ts";
import { AGENT_LINE, TunedQueue, type Tuning } from "./tuned_queue.ts";

/** Rounds of each benchmark: every one does seconds' worth of work on a fresh file. */
export const ROUNDS = { n: 6, warmup: 1 } as const;

/** How much is moved, and how. */
export interface Work {
  /** Events committed together. */
  groupEvents: number;
  groups: number;
  /**
   * `through`: each group leaves before the next comes, as under an even load. `backlog`: all are
   * stored first, as in an outage.
   */
  order: "through" | "backlog";
  /** Do it once before it is timed, so that the files have their size. @default false */
  warm?: boolean;
}

/** Adds a benchmark that does `work` on a queue with these settings. */
export function benchQueue(
  { name, group, baseline = false, ...tuning }:
    & { name: string; group: string; baseline?: boolean }
    & Tuning,
  work: Work,
): void {
  const events = makeEvents(work.groupEvents);
  const total = work.groups * work.groupEvents;
  Deno.bench({ name, group, baseline, ...ROUNDS }, async (b) => {
    using tuned = await TunedQueue.open(tuning);
    if (work.warm) await moveEvents(tuned, work, events);
    const before = { written: readDiskWritten(Deno.pid), cpu: ownCpuMs() };
    using loop = new LoopWatch();
    b.start();
    const sent = await moveEvents(tuned, work, events);
    b.end();
    const cpu = ((ownCpuMs() - before.cpu) * 1_000 / total).toFixed(2);
    const written = ((readDiskWritten(Deno.pid) - before.written) / (total * EVENT_BYTES)).toFixed(
      2,
    );
    const { database, log } = tuned.fileBytes();
    note(
      `${group}, ${name}`,
      `${cpu} µs CPU an event, ${written} bytes written an event byte, ` +
        `longest stall ${loop.longestMs.toFixed(1)} ms, ` +
        `database ${megabytes(database)}, log ${megabytes(log)}`,
    );
    assert.equal(
      tuned.queue.account("stateless").acknowledged.events,
      work.warm ? 2 * total : total,
    );
    assert.equal(sent, total * EVENT_BYTES + work.groups * AGENT_LINE.length);
  });
}

/** Gives the bytes that would have been sent. */
async function moveEvents(
  tuned: TunedQueue,
  { groupEvents, groups, order }: Work,
  events: readonly string[],
): Promise<number> {
  let sent = 0;
  for (let index = 0; index < groups; index++) {
    await tuned.append(events);
    if (order === "through") sent += await tuned.settleNext(groupEvents);
  }
  if (order === "through") return sent;
  for (let index = 0; index < groups; index++) sent += await tuned.settleNext(groupEvents);
  return sent;
}
