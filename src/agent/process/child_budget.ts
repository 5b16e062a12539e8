/**
 * What child processes may use: a share of one core, kept by letting them stop and go on, and memory, beyond which they are killed.
 *
 * Read once a step from `/proc`: of a child that cannot be seen there (another system) nothing is known, and it is left alone.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** What a child may use. */
interface ChildLimits {
  /** Percent of one core, as a mean over {@linkcode WINDOW_MS}. */
  maxCpu: number;
  maxMemoryBytes: number;
}

/** What a child has used. */
interface ChildUse {
  cpuMs: number;
  /** Most memory that was seen in use. */
  peakBytes: number;
  /** Why it was killed; left out when it was not. */
  killedFor?: string;
}

/** What a {@linkcode ChildBudget} is built with. */
interface ChildBudgetDeps {
  limits: () => ChildLimits;
  /** The text of a file of `/proc`; `undefined` when it is not there. */
  readText: (path: string) => string | undefined;
  /** @throws when there is no such process */
  kill: (pid: number, signal: "SIGSTOP" | "SIGCONT" | "SIGKILL") => void;
  clock: Pick<Clock, "monotonic" | "sleep">;
}

/** How often a child is looked at. */
const STEP_MS = 200;
/** So long a child that was idle may work without a pause. */
const WINDOW_MS = 60_000;
/** Linux tells times of processes in hundredths of a second, whatever its kernel counts in. */
const TICK_MS = 10;
/** Numbers of fields of `/proc/PID/stat` as proc(5) counts them; the first behind the name is 3. */
const UTIME = 14;
const START_TIME = 22;

/** Watches children until they end. */
export class ChildBudget {
  readonly #deps: ChildBudgetDeps;

  constructor(deps: ChildBudgetDeps) {
    this.#deps = deps;
  }

  /**
   * Keeps the child within its bounds until it is gone or the signal is aborted, then says what it used. Never rejects.
   *
   * @param options.mapsFiles pages of files, which the system takes back when it needs them, do not count. @default false
   */
  async watch(
    pid: number,
    signal: AbortSignal,
    { mapsFiles = false }: { mapsFiles?: boolean } = {},
  ): Promise<ChildUse> {
    const { clock, limits } = this.#deps;
    const use: ChildUse = { cpuMs: 0, peakBytes: 0 };
    const share = new CpuShare(clock.monotonic());
    let isStopped = false;
    let startedAt: string | undefined;
    while (!signal.aborted) {
      const seen = this.#look(pid, mapsFiles ? "RssAnon" : "VmRSS");
      startedAt ??= seen?.startedAt;
      // Its number may be another's by now.
      if (seen === undefined || seen.startedAt !== startedAt) return use;
      use.cpuMs = seen.cpuMs;
      use.peakBytes = Math.max(use.peakBytes, seen.memoryBytes);
      const { maxCpu, maxMemoryBytes } = limits();
      if (seen.memoryBytes > maxMemoryBytes) {
        this.#signal(pid, "SIGKILL");
        return { ...use, killedFor: tooMuchMemory(seen.memoryBytes, maxMemoryBytes) };
      }
      const isOver = share.isOver(seen.cpuMs, { nowMs: clock.monotonic(), maxCpu });
      if (isOver !== isStopped) this.#signal(pid, isOver ? "SIGSTOP" : "SIGCONT");
      isStopped = isOver;
      await clock.sleep(STEP_MS, signal).catch(() => {});
    }
    // Whoever ends it now needs it awake.
    if (isStopped) this.#signal(pid, "SIGCONT");
    return use;
  }

  #look(
    pid: number,
    memoryField: "RssAnon" | "VmRSS",
  ): { startedAt: string; cpuMs: number; memoryBytes: number } | undefined {
    const { readText } = this.#deps;
    const stat = readText(`/proc/${pid}/stat`);
    // Its name, in brackets, may hold anything: what counts stands behind the last of them.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields === undefined || fields[0] === "Z") return undefined;
    const ticks = Number(fields[UTIME - 3]) + Number(fields[UTIME - 2]);
    const status = readText(`/proc/${pid}/status`) ?? "";
    const memory = new RegExp(`^${memoryField}:\\s+(\\d+) kB$`, "m").exec(status);
    return {
      startedAt: fields[START_TIME - 3] ?? "",
      cpuMs: ticks * TICK_MS,
      memoryBytes: Number(memory?.[1] ?? 0) * 1024,
    };
  }

  /** It may have ended in between. */
  #signal(pid: number, signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    try {
      this.#deps.kill(pid, signal);
    } catch {
      // The next look tells.
    }
  }
}

/** How much of its share of a core a process has left. */
class CpuShare {
  #lastMs: number;
  #lastCpuMs = 0;
  #leftMs: number | undefined;

  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** True while it has used more than its share. */
  isOver(cpuMs: number, { nowMs, maxCpu }: { nowMs: number; maxCpu: number }): boolean {
    const share = maxCpu / 100;
    const most = share * WINDOW_MS;
    const earned = share * (nowMs - this.#lastMs);
    const left = (this.#leftMs ?? most) + earned - (cpuMs - this.#lastCpuMs);
    this.#leftMs = Math.min(most, left);
    this.#lastMs = nowMs;
    this.#lastCpuMs = cpuMs;
    return this.#leftMs < 0;
  }
}

function tooMuchMemory(bytes: number, maxBytes: number): string {
  const mib = (amount: number) => `${Math.round(amount / 1_048_576)} MiB`;
  return `it used ${mib(bytes)} of memory, more than modules.max_memory (${mib(maxBytes)})`;
}
