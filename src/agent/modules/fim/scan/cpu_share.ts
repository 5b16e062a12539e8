/**
 * Keeps work below a share of one processor.
 *
 * @module
 */

/** Tells after a piece of work how long to rest. */
export class CpuShare {
  readonly #share: number;
  readonly #cpuMs: () => number;
  readonly #monotonic: () => number;
  #cpuAtStartMs: number;
  #startMs: number;

  /** @param percent of one processor @param cpuMs processor time of the process so far */
  constructor(
    percent: number,
    { cpuMs, monotonic }: { cpuMs: () => number; monotonic: () => number },
  ) {
    this.#share = percent / 100;
    this.#cpuMs = cpuMs;
    this.#monotonic = monotonic;
    this.#cpuAtStartMs = cpuMs();
    this.#startMs = monotonic();
  }

  /** Milliseconds to rest now, so that since the last rest the share was not exceeded; 0 when there is no need. */
  restMs(): number {
    const [cpuMs, nowMs] = [this.#cpuMs(), this.#monotonic()];
    const used = cpuMs - this.#cpuAtStartMs;
    const rest = used / this.#share - (nowMs - this.#startMs);
    this.#cpuAtStartMs = cpuMs;
    this.#startMs = nowMs + Math.max(0, rest);
    return Math.max(0, rest);
  }
}
