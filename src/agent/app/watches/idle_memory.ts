/**
 * Gives memory back once a burst is over.
 *
 * V8 collects garbage when it allocates, and the C library keeps what was freed for the next allocation: an agent that
 * has nothing to do would keep the memory of its start or of the last burst for hours. Measured in
 * `docs/performance.md`: 130 MB resident after a burst without this.
 *
 * Garbage is collected where the collector can be called (`--v8-flags=--expose-gc`). What the C library keeps is given
 * back by Deno on Linux, which calls `malloc_trim` at SIGUSR2 when it was started with `DENO_USR2_MEMORY_TRIM`, but lets
 * nobody send that who may not start programs (2.7). The agent then calls `malloc_trim` itself, which costs 2 MB of Deno's
 * foreign function interface. `deno task agent` and the executable have all of it.
 *
 * @module
 */

import process from "node:process";
import { LibcLibrary } from "../../platform/libc/library.ts";

/** How often the agent's work is looked at, in milliseconds. Longer than a batch interval or two. */
const WINDOW_MS = 4_000;
/** So much work in one window is a burst. Below it garbage is made so slowly that releasing it often costs more. */
const BURST_WORK = 1_000;
/** After a little work memory is released no more often than this, in milliseconds. */
const TRICKLE_MS = 600_000;
/** V8 frees the buffers of what it collected in the background: what one release lets go, the next ones give back. */
const ROUNDS = 3;

type Collect = (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

/** Releases memory each time a burst of work has ended, and now and then while there is little work. */
export class IdleMemory {
  readonly #release: () => void;
  #windowStartMs = 0;
  #workAtStart: number | undefined;
  #workAtRelease = 0;
  #releasedAtMs = 0;
  /** A start is a burst too: modules are compiled, files are read. */
  #roundsLeft = ROUNDS;

  constructor(release: () => void = systemRelease()) {
    this.#release = release;
  }

  /** Call about once a second. `work` is a count that rises with the work done; `nowMs` is monotonic. */
  observe(work: number, nowMs: number): void {
    const before = this.#workAtStart;
    if (before !== undefined && nowMs - this.#windowStartMs < WINDOW_MS) return;
    this.#workAtStart = work;
    this.#windowStartMs = nowMs;
    if (before !== undefined) this.#endWindow(work, { done: work - before, nowMs });
  }

  #endWindow(work: number, { done, nowMs }: { done: number; nowMs: number }): void {
    const isTrickleDue = work > this.#workAtRelease && nowMs - this.#releasedAtMs >= TRICKLE_MS;
    if (done >= BURST_WORK || isTrickleDue) this.#roundsLeft = ROUNDS;
    // In the middle of a burst what is released would be taken again at once.
    if (done >= BURST_WORK || this.#roundsLeft === 0) return;
    this.#roundsLeft--;
    this.#workAtRelease = work;
    this.#releasedAtMs = nowMs;
    this.#release();
  }
}

/** All ways to release memory that this process has. */
function systemRelease(): () => void {
  const { gc } = globalThis as { gc?: Collect };
  // Deno collects garbage too at the signal, so it is the better way where the collector cannot be called.
  if (gc === undefined) return signalTrim() ?? (() => {});
  const trim = systemTrim();
  return () => {
    gc({ type: "major", execution: "sync", flavor: "last-resort" });
    trim();
  };
}

/** The way is chosen at each release: the right to start programs is given up after the start. */
function systemTrim(): () => void {
  const library = new LibcLibrary();
  const bySignal = signalTrim();
  return () => {
    if (bySignal !== undefined && mayStartPrograms()) bySignal();
    else library.libc?.trimMemory();
  };
}

function mayStartPrograms(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

function signalTrim(): (() => void) | undefined {
  if (Deno.build.os !== "linux" || process.env.DENO_USR2_MEMORY_TRIM === undefined) {
    return undefined;
  }
  // SIGUSR2 ends a process that does not listen for it: never rely on the runtime's listener alone.
  Deno.addSignalListener("SIGUSR2", () => {});
  return () => Deno.kill(Deno.pid, "SIGUSR2");
}
