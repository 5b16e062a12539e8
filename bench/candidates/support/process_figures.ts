/**
 * What this process has used so far.
 *
 * @module
 */

import process from "node:process";

/** Bytes that this process handed to the disk's cache to be written. */
export function writtenBytes(): number {
  return figureOf("io", /^write_bytes: (\d+)/m);
}

/** The most memory that this process has had resident, in bytes. */
export function peakBytes(): number {
  return figureOf("status", /^VmHWM:\s+(\d+) kB/m) * 1_024;
}

/** A figure of proc(5), which Deno reads itself only with all permissions. */
function figureOf(file: string, pattern: RegExp): number {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${Deno.pid}/${file}`] }).outputSync();
  return Number(pattern.exec(new TextDecoder().decode(stdout))?.[1]);
}

/** CPU time of all threads of this process, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Watches how long the event loop is held up at a time. */
export class LoopWatch implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #lastMs = performance.now();
  #longestMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), 1);
  }

  /** The longest time so far between two turns in which timers ran, in milliseconds. */
  get longestMs(): number {
    this.#tick();
    return this.#longestMs;
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
