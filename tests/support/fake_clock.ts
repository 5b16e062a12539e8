/**
 * A clock that stands still until a test moves it.
 *
 * @module
 */

import type { Clock } from "../../src/shared/clock.ts";

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

/**
 * What a turn waits for: `timer`, the event loop and a millisecond, in which other threads do their part (files, sockets,
 * compression) and timers of their own end; `loop`, the event loop alone, for what is all in memory: many times as fast.
 */
export type Turn = "loop" | "timer";

/** A {@linkcode Clock} whose time moves only by {@linkcode advance}. */
export class FakeClock implements Clock {
  #sleepers: Sleeper[] = [];
  #elapsedMs = 0;
  #wallMs: number;
  readonly #turn: Turn;

  constructor(wallMs: number = Date.UTC(2026, 0, 1), turn: Turn = "timer") {
    this.#wallMs = wallMs;
    this.#turn = turn;
  }

  now(): number {
    return this.#wallMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Sets the wall clock and leaves the monotonic one, as an administrator or NTP would. */
  jumpTo(wallMs: number): void {
    this.#wallMs = wallMs - this.#elapsedMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wakeAt: this.#elapsedMs + Math.max(0, durationMs),
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** Milliseconds until the next sleeper wakes; `undefined` when nobody sleeps. */
  nextWakeIn(): number | undefined {
    if (this.#sleepers.length === 0) return undefined;
    return Math.min(...this.#sleepers.map((sleeper) => sleeper.wakeAt)) - this.#elapsedMs;
  }

  /** Moves time on, waking sleepers in order and letting what they started run between. */
  async advance(durationMs: number): Promise<void> {
    const end = this.#elapsedMs + durationMs;
    await settle(this.#turn);
    for (;;) {
      const due = this.#sleepers.filter((sleeper) => sleeper.wakeAt <= end)
        .sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (due === undefined) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, due.wakeAt);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== due);
      due.wake();
      await settle(this.#turn);
    }
    this.#elapsedMs = end;
    await settle(this.#turn);
  }
}

/** A {@linkcode FakeClock} for what is all in memory, also SQLite: time passes without waiting for other threads. */
export class MemoryClock extends FakeClock {
  constructor(wallMs?: number) {
    super(wallMs, "loop");
  }
}

/** Lets everything that is ready run: promises, and work put off to the next turns of the event loop. */
export async function settle(turn: Turn = "timer", turns = 12): Promise<void> {
  for (let count = 0; count < turns; count++) {
    await new Promise<void>((resolve) => {
      if (turn === "loop") setImmediate(resolve);
      else setTimeout(resolve, 0);
    });
  }
}
