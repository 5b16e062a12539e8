/**
 * States by themselves: what a scan costs, what a state costs on the disk, and whether events notice a long table of states.
 *
 * CPU time of the process is told beside the rate, since other work on the machine does not change it. Ratios are of one run.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import process from "node:process";
import { StateAnswers } from "../../src/agent/app/state_parts.ts";
import { adoptStates } from "../../src/agent/state/adopt_states.ts";
import { STATE_SCHEMA } from "../../src/agent/state/schema.ts";
import { StateCore } from "../../src/agent/state/state_core.ts";
import { ModuleStateKeeper } from "../../src/agent/state/state_keeper.ts";
import { StateUpkeep } from "../../src/agent/state/state_upkeep.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { eventsOfSize } from "../support/events.ts";
import { openQueue, TempFolder } from "../../tests/support/queues.ts";

const [itemsText = "100000", filesText = "200000"] = Deno.args;
const ITEMS = Number(itemsText);
const FILES = Number(filesText);
const OPTIONS = {
  schema: "6.0",
  window: 2_000,
  integrityIntervalMs: 86_400_000,
  resync: "off",
} as const;
const signal = new AbortController().signal;
/** An odd number: the median is told. */
const ROUNDS = 9;

/** States over a queue of their own. */
function open(folder: TempFolder, { isPacked = false } = {}) {
  const answers = new StateAnswers();
  const queue = openQueue(folder, { parts: [STATE_SCHEMA], onAnswered: answers.note });
  const core = new StateCore({
    queue,
    clock: systemClock,
    agentId: "0190a1b2-0000-7000-8000-000000000000",
    options: () => OPTIONS,
    declarationOf: () => ({
      isActive: true,
      counters: [],
      hasTimestamp: true,
      ...(isPacked && { unpack: () => ({ file: { path: "/" } }) }),
    }),
  });
  const server = {
    send: () => Promise.resolve({ kind: "done", status: 200 } as const),
    probe: () => Promise.resolve({ kind: "done", status: 200 } as const),
    compare: () => Promise.resolve({ kind: "unsupported" } as const),
  };
  const upkeep = new StateUpkeep(core, server);
  return { queue, core, upkeep, keeper: new ModuleStateKeeper(core, "bench") };
}

/** A package as an inventory has it. */
function packages(keeper: ModuleStateKeeper, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const name = `package-${String(index).padStart(7, "0")}`;
    return {
      key: name,
      id: keeper.documentId(name),
      document: {
        package: {
          architecture: "amd64",
          description: "small, powerful, scalable web and proxy server",
          installed: "2026-11-01T09:12:44.000Z",
          name,
          path: null,
          size: 6_291_456 + index,
          type: "deb",
          version: "1.22.1-9",
        },
      },
    };
  });
}

/** Files with what decides whether they changed (packed, 84 bytes), in paths of usual length. */
function* files(keeper: ModuleStateKeeper, count: number) {
  for (let index = 0; index < count; index++) {
    const number = String(index).padStart(7, "0");
    const path = `/usr/share/doc/folder-${number.slice(0, 4)}/some-file-${number}.txt`;
    const data = new Uint8Array(84);
    data.set(createHash("sha256").update(path).digest());
    yield { key: path, id: keeper.documentId(path), document: { file: { path } }, data };
  }
}

/** Wall and CPU seconds of some work. */
async function timed(work: () => Promise<unknown>): Promise<{ cpuS: number; wallS: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuS: (user + system) / 1e6, wallS: (performance.now() - start) / 1e3 };
}

function fileBytes(folder: TempFolder): number {
  return Deno.statSync(folder.file("agent.db")).size;
}

async function emptyQueue({ queue }: ReturnType<typeof open>): Promise<void> {
  for (;;) {
    const limits = { max_events: 10_000, max_bytes: 10_000_000 };
    const batch = await queue.claim("stateful", { limits, encoding: "identity", agent_line: "{}" });
    if (batch === undefined) return;
    await queue.acknowledge(batch, { status: 200 });
  }
}

async function measureScans(): Promise<void> {
  using folder = new TempFolder();
  const scene = open(folder);
  using _ = scene.queue;
  await adoptStates(scene.core, () => Promise.resolve(0));
  const items = packages(scene.keeper, ITEMS);
  const first = await timed(() => scene.keeper.scan("packages", items, { signal }));
  const before = Deno.memoryUsage().rss;
  const rescan = await timed(async () => {
    const { creates, updates, deletes } = await scene.keeper.scan("packages", items, { signal });
    assert.equal(creates + updates + deletes, 0);
  });
  const grownMb = (Deno.memoryUsage().rss - before) / 1e6;
  row(`first scan of ${ITEMS}`, `${rate(ITEMS, first.wallS)}/s, ${first.cpuS.toFixed(2)} s CPU`);
  row(`${ITEMS} unchanged`, `${rescan.cpuS.toFixed(2)} s CPU, ${grownMb.toFixed(0)} MB more`);
  const stop = new AbortController();
  const running = scene.upkeep.run(stop.signal);
  const told = await timed(async () => {
    for (let quiet = 0; quiet < 3;) {
      await new Promise((done) => setTimeout(done, 1));
      quiet = scene.queue.account("stateful").queued.events === 0 ? quiet + 1 : 0;
      await emptyQueue(scene);
    }
  });
  stop.abort("done");
  await running;
  const { taken } = scene.queue.account("stateful");
  row("from the outbox through the window", `${rate(taken.events, told.wallS)}/s`);
}

async function measureDisk(): Promise<void> {
  using folder = new TempFolder();
  using plain = new TempFolder();
  const scene = open(folder, { isPacked: true });
  const other = open(plain);
  using _ = scene.queue;
  using __ = other.queue;
  await adoptStates(scene.core, () => Promise.resolve(0));
  const empty = fileBytes(folder);
  await scene.core.transact((store) =>
    store.sources.update(store.sources.require("bench", "files"), { isKnown: true })
  );
  await scene.keeper.scan("files", files(scene.keeper, FILES), { signal });
  await scene.queue.transact(({ database }) =>
    // What leaves the outbox is free again for others; here it is not to be counted as states.
    database.exec("DELETE FROM state_outbox")
  );
  await emptyQueue(scene);
  const pages = scene.queue.look((database) => ({
    free: Number(database.prepare("PRAGMA freelist_count").get()?.freelist_count),
    size: Number(database.prepare("PRAGMA page_size").get()?.page_size),
    all: Number(database.prepare("PRAGMA page_count").get()?.page_count),
  }));
  const used = (pages.all - pages.free) * pages.size - empty;
  row(`a state of ${FILES} files`, `${(used / FILES).toFixed(0)} bytes on the disk`);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // By turns, so that neither is always the one that finds the caches warm.
    const order = round % 2 === 0 ? [scene, other] : [other, scene];
    const cpuS = new Map<unknown, number>();
    for (const one of order) cpuS.set(one, (await timed(() => appendEvents(one))).cpuS);
    ratios.push((cpuS.get(other) ?? 0) / (cpuS.get(scene) ?? 1));
  }
  const median = ratios.sort((one, two) => one - two)[Math.floor(ROUNDS / 2)] ?? 0;
  row("appends beside that table", `${(100 * median).toFixed(0)} % of those without (by CPU)`);
}

async function appendEvents({ queue }: ReturnType<typeof open>): Promise<void> {
  const events = eventsOfSize(1_000);
  for (let round = 0; round < 50; round++) await queue.append({ stream: "stateless", events });
}

function rate(count: number, seconds: number): string {
  return Math.round(count / seconds).toLocaleString("en");
}

function row(what: string, figure: string): void {
  console.log(`${what.padEnd(40)} ${figure}`);
}

await measureScans();
if (FILES > 0) await measureDisk();
