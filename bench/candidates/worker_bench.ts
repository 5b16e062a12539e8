/**
 * SQLite on the main thread, and on a thread of its own.
 *
 * Timed: encoding, storing, claiming, sending to a process that only answers, and removing 200,000
 * events in groups of 1,000; `synchronous = FULL`, two requests in flight. Starting the thread is
 * not timed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TempFolder } from "../../tests/support/queues.ts";
import { ownCpuMs } from "../support/process_usage.ts";
import { SinkProcess } from "../support/sink_process.ts";
import { ChunkLog, type ChunkStorage } from "./support/chunk_log.ts";
import { EVENT_BYTES, makeEvents } from "./support/events.ts";
import { LoopWatch } from "./support/loop_watch.ts";
import { ROUNDS } from "./support/queue_work.ts";
import { note } from "./support/side_figures.ts";
import { ThreadedChunkLog } from "./support/threaded_chunk_log.ts";

const GROUPS = 200;
const GROUP_EVENTS = 1_000;
const IN_FLIGHT = 2;

const encoder = new TextEncoder();
const events = makeEvents(GROUP_EVENTS);
const sink = await SinkProcess.start({ counts: "bytes" });
sink.endWithThisProcess();

async function produce(storage: ChunkStorage): Promise<void> {
  for (let group = 0; group < GROUPS; group++) {
    await storage.append(encoder.encode(events.join("")));
  }
}

/** Sends until everything has left; asks again at once while there is nothing. */
async function send(storage: ChunkStorage, left: { groups: number }): Promise<void> {
  while (left.groups > 0) {
    const claimed = await storage.claim();
    if (claimed === undefined) continue;
    left.groups--;
    const response = await fetch(sink.httpUrl, { method: "POST", body: claimed.lines });
    assert.equal(response.status, 204);
    await storage.acknowledge(claimed.chunk);
  }
}

async function moveAll(storage: ChunkStorage): Promise<void> {
  const left = { groups: GROUPS };
  const senders = Array.from({ length: IN_FLIGHT }, () => send(storage, left));
  await Promise.all([produce(storage), ...senders]);
}

const threads: Record<string, (path: string) => ChunkStorage> = {
  "main thread": (path) => new ChunkLog(path),
  "worker": (path) => new ThreadedChunkLog(path),
};

for (const [name, open] of Object.entries(threads)) {
  const group = "thread of SQLite";
  Deno.bench({ name, group, baseline: name === "main thread", ...ROUNDS }, async (b) => {
    using folder = new TempFolder();
    const storage = open(folder.file("chunks.db"));
    // The first answer comes once the thread is there.
    await storage.claim();
    const before = { received: await sink.receivedBytes(), cpu: ownCpuMs() };
    using loop = new LoopWatch();
    b.start();
    await moveAll(storage);
    b.end();
    const cpu = (ownCpuMs() - before.cpu) * 1_000 / (GROUPS * GROUP_EVENTS);
    note(
      name,
      `${cpu.toFixed(2)} µs CPU an event, longest stall ${loop.longestMs.toFixed(1)} ms`,
    );
    storage.close();
    const received = await sink.receivedBytes() - before.received;
    assert.equal(received, GROUPS * GROUP_EVENTS * EVENT_BYTES);
  });
}
