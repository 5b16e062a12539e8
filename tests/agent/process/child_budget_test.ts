import assert from "node:assert/strict";
import { ChildBudget } from "../../../src/agent/process/child_budget.ts";

const MIB = 1_048_576;
const LIMITS = { maxCpu: 25, maxMemoryBytes: 256 * MIB };

/** A process whose name means harm: it uses `share` of a core while it may, and lives for `lifeMs`. Time passes when it is waited for. */
class FakeProcess {
  readonly signals: string[] = [];
  startedAt: (nowMs: number) => number = () => 99;
  memoryKib: (nowMs: number) => number = () => 10_240;
  cpuMs = 0;
  #nowMs = 0;

  constructor(readonly share: number, readonly lifeMs: number) {}

  /** Of that memory, what is its own. */
  ownKib = 10_240;

  watch(
    limits = LIMITS,
    stop = new AbortController(),
    stopAtMs = Infinity,
    options: { mapsFiles?: boolean } = {},
  ) {
    const budget = new ChildBudget({
      limits: () => limits,
      readText: (path) => this.#read(path),
      kill: (_, signal) => void this.signals.push(signal),
      clock: {
        monotonic: () => this.#nowMs,
        sleep: (ms) => {
          if (this.signals.at(-1) !== "SIGSTOP") this.cpuMs += this.share * ms;
          this.#nowMs += ms;
          if (this.#nowMs >= stopAtMs) stop.abort();
          return Promise.resolve();
        },
      },
    });
    return budget.watch(7, stop.signal, options);
  }

  #read(path: string): string | undefined {
    if (this.#nowMs > this.lifeMs) return undefined;
    if (path.endsWith("/status")) {
      return `Name:\tx\nVmRSS:\t  ${
        this.memoryKib(this.#nowMs)
      } kB\nRssAnon:\t ${this.ownKib} kB\n`;
    }
    const ticks = Math.floor(this.cpuMs / 10);
    return `7 (a) 1 R 2 (b) S 1 7 7 0 -1 4194560 1 2 3 4 ${ticks} 0 5 6 20 0 1 0 ${
      this.startedAt(this.#nowMs)
    } 1000 250\n`;
  }
}

Deno.test("a child that works all the time gets its share of a core, and what it used is told", async () => {
  const process = new FakeProcess(1, 3_600_000);
  const use = await process.watch();
  // A minute's share is there at the beginning.
  const expectedMs = 0.25 * (3_600_000 + 60_000);
  assert.ok(Math.abs(process.cpuMs - expectedMs) < 500, String(process.cpuMs));
  assert.ok(process.signals.includes("SIGSTOP") && process.signals.includes("SIGCONT"));
  assert.ok(Math.abs(use.cpuMs - process.cpuMs) < 500, String(use.cpuMs));
  assert.deepEqual([use.peakBytes, use.killedFor], [10 * MIB, undefined]);
});

Deno.test("a child that works little is never stopped", async () => {
  const process = new FakeProcess(0.2, 3_600_000);
  await process.watch();
  assert.deepEqual(process.signals, []);
});

Deno.test("a child that takes too much memory is killed, with the reason", async () => {
  const process = new FakeProcess(0.1, 60_000);
  process.memoryKib = (nowMs) => nowMs < 1_000 ? 10_240 : 307_200;
  const use = await process.watch();
  assert.deepEqual(process.signals, ["SIGKILL"]);
  assert.match(use.killedFor ?? "", /300 MiB .* modules\.max_memory \(256 MiB\)/);
});

Deno.test("pages of files do not count for a child that maps large ones", async () => {
  const watch = (ownKib: number) => {
    const process = new FakeProcess(0.1, 10_000);
    process.memoryKib = () => 900_000;
    process.ownKib = ownKib;
    return process.watch(LIMITS, new AbortController(), Infinity, { mapsFiles: true });
  };
  const { peakBytes, killedFor } = await watch(10_240);
  assert.deepEqual([peakBytes, killedFor], [10 * MIB, undefined]);
  assert.match((await watch(300_000)).killedFor ?? "", /293 MiB of memory/);
});

Deno.test("a child that is stopped when nobody watches any more is let go on", async () => {
  const process = new FakeProcess(1, 60_000);
  await process.watch({ ...LIMITS, maxCpu: 1 }, new AbortController(), 10_000);
  assert.deepEqual(process.signals.slice(0, 2), ["SIGSTOP", "SIGCONT"]);
  assert.equal(process.signals.at(-1), "SIGCONT");
});

Deno.test("a real process is seen, and gone once it ended (on Linux; elsewhere nothing is seen)", async () => {
  if (Deno.build.os !== "linux") return;
  const { createChildBudget } = await import(
    "../../../src/agent/app/modules/child_budget_parts.ts"
  );
  const { LibcLibrary } = await import("../../../src/agent/platform/libc/library.ts");
  const { systemClock } = await import("../../../src/shared/clock.ts");
  const budget = createChildBudget({
    library: new LibcLibrary(),
    clock: systemClock,
    modules: () => ({ max_cpu: 25, max_memory: 256 * MIB }),
  });
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const watched = budget.watch(child.pid, new AbortController().signal);
  child.kill("SIGKILL");
  await child.status;
  const use = await watched;
  assert.ok(use.peakBytes > 0);
  assert.equal(use.killedFor, undefined);
});

Deno.test("another process that got the number of one that ended is left alone", async () => {
  const process = new FakeProcess(0.1, 60_000);
  process.startedAt = (nowMs) => nowMs < 1_000 ? 99 : 100;
  process.memoryKib = (nowMs) => nowMs < 1_000 ? 10_240 : 307_200;
  const use = await process.watch();
  assert.deepEqual([process.signals, use.killedFor], [[], undefined]);
});
