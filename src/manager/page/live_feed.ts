/**
 * One look at the manager a second, for all browsers together, and only while there is one.
 *
 * The page must never stand in the way of agents. So a look may take a fiftieth of the time and no more, and when the process is so
 * busy that a look comes late, the next one comes later still.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

const INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 15_000;
/** After a look that took so long, the pause is so many times as long. */
const PAUSE_PER_COST = 50;
const PAUSE_PER_DELAY = 5;

/** What was seen, and the how many-th look it was. */
export interface Look<Seen> {
  number: number;
  seen: Seen;
}

/** What a {@linkcode LiveFeed} works with. */
interface LiveFeedDeps<Seen> {
  clock: Clock;
  /** Looks. */
  look(): Seen;
}

/** Looks, and hands the newest to whoever waits for it. */
export class LiveFeed<Seen> {
  readonly #deps: LiveFeedDeps<Seen>;
  #newest: Look<Seen> | undefined;
  /** Goes on when nobody has followed for a while: a number never stands for two looks. */
  #looks = 0;
  #followers = 0;
  #waiting = Promise.withResolvers<void>();
  #running = false;

  constructor(deps: LiveFeedDeps<Seen>) {
    this.#deps = deps;
  }

  /** Number of the newest look; `undefined` while nobody follows. */
  get newest(): number | undefined {
    return this.#newest?.number;
  }

  /** Begins to follow: looks go on until all that follow have called what this returns. */
  follow(): () => void {
    this.#followers++;
    if (!this.#running) void this.#run();
    let following = true;
    return () => {
      if (following) this.#followers--;
      following = false;
    };
  }

  /** The newest look after number `after`; who comes rarely misses those between. Rejects when `signal` is aborted. */
  async next(after: number, signal: AbortSignal): Promise<Look<Seen>> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.#newest !== undefined && this.#newest.number > after) return this.#newest;
        await Promise.race([this.#waiting.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    const { clock } = this.#deps;
    while (this.#followers > 0) {
      const startedAtMs = clock.monotonic();
      this.#look();
      const costMs = clock.monotonic() - startedAtMs;
      const pauseMs = Math.min(LONGEST_INTERVAL_MS, Math.max(INTERVAL_MS, costMs * PAUSE_PER_COST));
      await clock.sleep(pauseMs);
      const lateMs = clock.monotonic() - startedAtMs - costMs - pauseMs;
      if (lateMs * PAUSE_PER_DELAY > INTERVAL_MS) {
        await clock.sleep(Math.min(LONGEST_INTERVAL_MS, lateMs * PAUSE_PER_DELAY));
      }
    }
    this.#running = false;
    // What comes then is new to whoever follows next.
    this.#newest = undefined;
  }

  #look(): void {
    this.#newest = { number: ++this.#looks, seen: this.#deps.look() };
    const { resolve } = this.#waiting;
    this.#waiting = Promise.withResolvers();
    resolve();
  }
}
