/**
 * Whether a child that says nothing is at work at all: one of the lowest priority may wait for a processor for long, and whoever keeps
 * children within bounds makes them rest.
 *
 * @module
 */

import { SystemFiles } from "../../../platform/system_files.ts";

const RUNNABLE = "R";
const STOPPED = "T";
/** Linux tells times of processes in hundredths of a second. */
const TICK_MS = 10;
/** Numbers of fields of `/proc/PID/stat` as proc(5) counts them, less those before the state. */
const UTIME = 14 - 3;
const STIME = 15 - 3;

/** Knows how much a child has worked since it was heard last. */
export class ChildWork {
  readonly #path: string;
  readonly #files: Pick<SystemFiles, "readText">;
  #heardAtMs = 0;

  constructor(pid: number, files: Pick<SystemFiles, "readText"> = new SystemFiles()) {
    this.#path = `/proc/${pid}/stat`;
    this.#files = files;
  }

  /** It was heard. */
  heard(): void {
    this.#heardAtMs = this.#look()?.cpuMs ?? 0;
  }

  /**
   * Whether it is stopped, or would work and has had less than `leastMs` of processor time since it was heard. False where that cannot be
   * seen, and for one that waits for something else, such as a disk that is gone: that may never come.
   */
  isResting(leastMs: number): boolean {
    const seen = this.#look();
    if (seen === undefined) return false;
    return seen.state === STOPPED ||
      seen.state === RUNNABLE && seen.cpuMs - this.#heardAtMs < leastMs;
  }

  #look(): { state: string; cpuMs: number } | undefined {
    const stat = this.#files.readText(this.#path);
    if (stat === undefined) return undefined;
    // Its name, in brackets, may hold anything: what counts stands behind the last of them.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[UTIME]) + Number(fields[STIME]);
    return { state: fields[0] ?? "", cpuMs: ticks * TICK_MS };
  }
}
