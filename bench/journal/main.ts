/**
 * What following a journal costs: CPU time of journalctl and of this process, beside the way by `-o json` that others go.
 *
 * All follow the same files, made for this with systemd-journal-remote, from their beginning to the last entry, in turn. `json` ends with the
 * parsed entry, `events` with encoded events, `queue` with those in a queue on disk. Checked: each gave every entry.
 *
 * @module
 */

import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import process from "node:process";
import { Journald } from "../../src/agent/modules/journald/journald.ts";
import { QueueEventSink } from "../../src/agent/queue/event_sink.ts";
import type { EventSink } from "../../src/agent/modules/collector.ts";
import { countEvents } from "../../src/shared/protocol/encoded_events.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { JournalFiles } from "../../tests/agent/modules/journald/support/journal_files.ts";
import { openQueue, TempFolder } from "../../tests/support/queues.ts";
import { realisticEntries } from "./entries.ts";

const [entriesText = "100000", roundsText = "3"] = Deno.args;
const ENTRIES = Number(entriesText);
const ROUNDS = Number(roundsText);
/** Linux tells times of processes in hundredths of a second. */
const TICK_MS = 10;

/** Milliseconds of CPU. */
interface Cost {
  journalctl: number;
  own: number;
}

using files = new JournalFiles();
await realisticEntries(files, ENTRIES);

async function measured(work: () => Promise<number>): Promise<Cost> {
  const before = process.cpuUsage();
  const journalctl = await work();
  const { user, system } = process.cpuUsage(before);
  return { journalctl, own: (user + system) / 1_000 };
}

/** CPU time that a process has used so far. */
function cpuMsOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Follows with the module until `sink` has everything. */
async function follow(sink: EventSink): Promise<number> {
  const stop = new AbortController();
  const done = Promise.withResolvers<void>();
  let stored = 0;
  let pid = 0;
  const journald = new Journald({
    program: "/usr/bin/journalctl",
    filters: [],
    shown: "none",
    startAt: "beginning",
    directory: files.path,
  }, {
    sink: {
      checkpoints: () => sink.checkpoints(),
      async append(group, signal) {
        await sink.append(group, signal);
        stored += countEvents(group.events);
        if (stored >= ENTRIES) done.resolve();
      },
    },
    clock: systemClock,
    log: getLogger(["bench"]),
    children: {
      watch: (child, signal) => {
        pid = child;
        return new Promise((resolve) =>
          signal.addEventListener("abort", () => resolve({ cpuMs: 0, peakBytes: 0 }))
        );
      },
    },
  });
  const running = journald.run(stop.signal);
  await done.promise;
  const cpuMs = cpuMsOf(pid);
  stop.abort();
  await running;
  assert.equal(stored, ENTRIES);
  return cpuMs;
}

function events(): Promise<number> {
  return follow({ append: () => Promise.resolve(), checkpoints: () => new Map() });
}

async function queue(): Promise<number> {
  using folder = new TempFolder();
  const opened = openQueue(folder);
  const cpuMs = await follow(new QueueEventSink(opened, "journald"));
  assert.equal(opened.account("stateless").queued.events, ENTRIES);
  opened.close();
  return cpuMs;
}

async function json(): Promise<number> {
  const child = new Deno.Command("/usr/bin/journalctl", {
    args: [
      "--utc",
      "--output=json",
      "--no-pager",
      "--follow",
      "--no-tail",
      "--directory",
      files.path,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let entries = 0;
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (JSON.parse(line).MESSAGE !== undefined) entries++;
    if (entries >= ENTRIES) break;
  }
  assert.equal(entries, ENTRIES);
  const cpuMs = cpuMsOf(child.pid);
  child.kill("SIGKILL");
  await child.status;
  return cpuMs;
}

const WAYS = { json, events, queue };
const costs: Record<keyof typeof WAYS, Cost[]> = { json: [], events: [], queue: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const name of Object.keys(WAYS) as (keyof typeof WAYS)[]) {
    costs[name].push(await measured(WAYS[name]));
  }
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

const total = ({ journalctl, own }: Cost) => journalctl + own;
for (const [name, some] of Object.entries(costs)) {
  const ratios = costs.json.map((one, index) => total(one) / total(some[index] ?? one));
  const seconds = (of: (cost: Cost) => number) => (median(some.map(of)) / 1_000).toFixed(2);
  console.log(
    `${name.padEnd(6)} ${seconds(total)} CPU s for ${ENTRIES} entries (journalctl ${
      seconds((cost) => cost.journalctl)
    }, this process ${seconds((cost) => cost.own)}); json costs ${
      median(ratios).toFixed(1)
    } times as much`,
  );
}
