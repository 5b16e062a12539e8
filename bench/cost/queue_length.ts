/**
 * Whether cost grows with the queue's length: the same work on a short queue and on a long one.
 *
 * First the queue alone, in this process: how fast events go in and out. Then the agent on the long queue: how soon it answers after its start,
 * how fast it drains with much and with little in the queue, how much memory that takes, and how large the database is afterwards.
 *
 * @module
 */

import { join } from "node:path";
import { systemClock } from "../../src/shared/clock.ts";
import type { AgentProcess } from "../../tests/support/agent_process.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { MEGABYTE } from "../report/megabytes.ts";
import { quantile } from "../report/statistics.ts";
import { AgentStage, awaitStatus, requireArrived } from "../support/agent_stage.ts";
import { readResident, readUsage } from "../support/process_usage.ts";
import { SinkProcess } from "../support/sink_process.ts";
import type { Figure, FigureGroup } from "./figure.ts";
import { drain, fill, openRoomyQueue } from "./queue_filling.ts";
import {
  MAX_BUSY_BYTES,
  MAX_DRAINED_BYTES,
  MAX_START_RATIO,
  MIN_LENGTH_RATIO,
  SHRINKS_WITHIN_DRAINS,
} from "./targets.ts";

const SHORT_EVENTS = 10_000;
/** How often the short queue is filled and emptied, and how many times its length the long one is measured with. */
const ROUNDS = 50;
const STARTS = 5;
/** Nobody listens there: the agent starts, and nothing leaves. */
const NO_SERVER = "http://127.0.0.1:1";
const ROOMY = ["queue.max_events: 1000000000", "queue.max_bytes: 1TiB"];

/** Measures with a long queue of `events` events. */
export async function measureQueueLength(events: number): Promise<FigureGroup[]> {
  using folder = new TempFolder();
  await using sink = await SinkProcess.start({ counts: "events" });
  const stage = new AgentStage(folder, sink);
  stage.configure(ROOMY, NO_SERVER);
  await stage.register();
  const database = join(stage.dataFolder, "agent.db");
  const short = await measureShort(database);
  const emptyMs = await measureStarts(stage);
  const long = await measureLong(database, events);
  const fullMs = await measureStarts(stage);
  const start = [
    { name: "start with an empty queue, median", value: emptyMs, unit: "ms" },
    { name: "start with the long queue, median", value: fullMs, unit: "ms" },
    { name: "long to empty", value: fullMs / emptyMs, unit: "", below: MAX_START_RATIO },
  ];
  stage.configure(ROOMY);
  return [
    {
      title: `Queue of ${SHORT_EVENTS} and of ${events} events, 350 bytes each`,
      figures: [...lengthFigures(short, long), ...start],
    },
    {
      title: `Agent draining ${events} events to a sink, HTTP`,
      figures: await measureDrain(stage, { sink, database, events }),
    },
  ];
}

interface Rates {
  /** Events per second. */
  append: number;
  drain: number;
}

async function measureShort(database: string): Promise<Rates> {
  using queue = openRoomyQueue(database);
  const rates: Rates[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const append = await fill(queue, SHORT_EVENTS);
    rates.push({ append, drain: await drain(queue, SHORT_EVENTS) });
  }
  return medianRates(rates);
}

/** Leaves a queue of `events` events behind. */
async function measureLong(database: string, events: number): Promise<Rates> {
  using queue = openRoomyQueue(database);
  await fill(queue, events);
  const rates: Rates[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const append = await fill(queue, SHORT_EVENTS);
    rates.push({ append, drain: await drain(queue, SHORT_EVENTS) });
  }
  return medianRates(rates);
}

function medianRates(rates: readonly Rates[]): Rates {
  return {
    append: quantile(rates.map(({ append }) => append), 0.5),
    drain: quantile(rates.map(({ drain }) => drain), 0.5),
  };
}

function lengthFigures(short: Rates, long: Rates): Figure[] {
  const target = { unit: "", at_least: MIN_LENGTH_RATIO };
  return [
    { name: "append, short", value: short.append, unit: "events/s" },
    { name: "append, long", value: long.append, unit: "events/s" },
    { name: "append, long to short", value: long.append / short.append, ...target },
    { name: "drain, short", value: short.drain, unit: "events/s" },
    { name: "drain, long", value: long.drain, unit: "events/s" },
    { name: "drain, long to short", value: long.drain / short.drain, ...target },
  ];
}

/** Median time from the start of the process until its local API answers, in milliseconds. */
async function measureStarts(stage: AgentStage): Promise<number> {
  const tookMs: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const startedAt = performance.now();
    await using agent = await stage.start();
    tookMs.push(performance.now() - startedAt);
    await agent.stop();
  }
  return quantile(tookMs, 0.5);
}

/** A look at the agent while it drains. */
export interface Sample {
  atMs: number;
  queued: number;
  residentBytes: number;
}

async function measureDrain(
  stage: AgentStage,
  { sink, database, events }: { sink: SinkProcess; database: string; events: number },
): Promise<Figure[]> {
  await using agent = await stage.start();
  const samples: Sample[] = [];
  await awaitStatus(agent, ({ streams }) => streams.stateless.queued_events === 0, {
    everyMs: 100,
    onStatus: ({ streams: { stateless } }) =>
      samples.push({
        atMs: performance.now(),
        queued: stateless.queued_events,
        residentBytes: readResident(agent.pid),
      }),
  });
  const fullBytes = sizeOf(database);
  await requireArrived(sink, events);
  // Before that the agent is still warming up.
  const early = rateWithin(samples, 0.8, 0.9);
  const last = rateWithin(samples, 0, 0.1);
  return [
    { name: "second tenth", value: early, unit: "events/s" },
    { name: "last tenth", value: last, unit: "events/s" },
    { name: "second to last", value: early / last, unit: "", at_least: MIN_LENGTH_RATIO },
    ...memoryFigures(samples, agent),
    { name: "database when drained", value: fullBytes / MEGABYTE, unit: "MB" },
    ...await shrinking(database, (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)),
  ];
}

function memoryFigures(samples: readonly Sample[], { pid }: AgentProcess): Figure[] {
  const resident = samples.map(({ residentBytes }) => residentBytes);
  return [
    { name: "resident memory, median", value: quantile(resident, 0.5) / MEGABYTE, unit: "MB" },
    {
      name: "resident memory, peak",
      value: readUsage(pid).peak_resident_bytes / MEGABYTE,
      unit: "MB",
      below: MAX_BUSY_BYTES / MEGABYTE,
    },
  ];
}

/** Events per second while between two shares of the longest queue were queued. */
export function rateWithin(samples: readonly Sample[], from: number, to: number): number {
  const longest = samples[0]?.queued ?? 0;
  const within = samples.filter(({ queued }) => queued >= from * longest && queued <= to * longest);
  const [first, last] = [within[0], within.at(-1)];
  if (first === undefined || last === undefined || first === last) {
    throw new Error("The queue was empty before it could be looked at: measure with more events");
  }
  return (first.queued - last.queued) / (last.atMs - first.atMs) * 1_000;
}

/** Waits for the database to become small, for a multiple of `drainMs`; says how small, and after how long. */
async function shrinking(database: string, drainMs: number): Promise<Figure[]> {
  const withinMs = SHRINKS_WITHIN_DRAINS * drainMs;
  const startedAt = performance.now();
  let bytes = sizeOf(database);
  while (bytes >= MAX_DRAINED_BYTES && performance.now() - startedAt < withinMs) {
    await systemClock.sleep(250);
    bytes = sizeOf(database);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const below = MAX_DRAINED_BYTES / MEGABYTE;
  return [
    { name: `database ${Math.round(seconds)} s later`, value: bytes / MEGABYTE, unit: "MB", below },
  ];
}

/** Size of a database and its write-ahead log in bytes. */
function sizeOf(database: string): number {
  return Deno.statSync(database).size + Deno.statSync(`${database}-wal`).size;
}
