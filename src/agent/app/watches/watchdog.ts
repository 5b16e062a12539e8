/**
 * Watches parts that could get stuck. One that makes no progress although it could is said to, and rebuilt.
 *
 * Each part tells a mark that changes with all that it gets done, and whether what it waits for may take as long as it takes: nothing to
 * do, a back-off, a full queue, a request within its time limit. Time counts only while neither is so, and only as far as the
 * watchdog itself had its turns: what a suspended machine or a stopped process missed is nobody's fault.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, isoOrNull } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Progress, WatchReport } from "../../../shared/protocol/part_status.ts";

/** Something that is watched. */
export interface WatchedPart {
  /** Such as `stream stateless`. */
  name: string;
  /** How it stands. Cheap: called once a second. */
  progress(): Progress;
  /** Puts a new one in its place, which goes on with what the old one had stored. */
  rebuild(): Promise<void>;
}

/** Longest time between two looks that is counted, in milliseconds; they are about a second apart. */
const LONGEST_STEP_MS = 5_000;

/** A rebuilt part that gets stuck again has this many times longer before the next try, */
const PATIENCE_GROWTH = 2;
/** up to this many times the first. */
const MAX_PATIENCE = 16;

/** A part that was rebuilt so often, one time after the other, and is stuck all the same: only a new process may help. */
const REBUILDS_IN_VAIN = 2;

/** Looks at the parts each time that it is told to. */
export class Watchdog {
  readonly #watches: readonly Watch[];
  readonly #clock: Clock;

  /** `timeoutMs` gives the time in force without progress after which a part is stuck. */
  constructor(parts: readonly WatchedPart[], deps: { clock: Clock; timeoutMs: () => number }) {
    this.#clock = deps.clock;
    this.#watches = parts.map((part) => new Watch(part, deps));
  }

  /** Looks at every part, and rebuilds those that are stuck. Call it about once a second. */
  check(): void {
    const nowMs = this.#clock.monotonic();
    for (const watch of this.#watches) watch.check(nowMs);
  }

  /** The part that rebuilding does not help; `undefined` while there is none. */
  get helpless(): string | undefined {
    return this.#watches.find((watch) => watch.isHelpless)?.name;
  }

  /** How the parts stand. */
  status(): WatchReport[] {
    return this.#watches.map((watch) => watch.report());
  }
}

/** One part, over time. */
class Watch {
  readonly #part: WatchedPart;
  readonly #clock: Clock;
  readonly #timeoutMs: () => number;
  readonly #log = getLogger(["agent", "watchdog"]);
  #mark: string | undefined;
  /** Monotonic. */
  #lastLookMs: number | undefined;
  #idleMs = 0;
  #patience = 1;
  /** Wall clock. */
  #stalledSinceMs: number | undefined;
  #rebuilding = false;
  #rebuilds = 0;
  #rebuildsInVain = 0;
  #last: { atMs: number; waitedFor: string } | undefined;

  constructor(part: WatchedPart, { clock, timeoutMs }: { clock: Clock; timeoutMs: () => number }) {
    this.#part = part;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  get name(): string {
    return this.#part.name;
  }

  get isHelpless(): boolean {
    return this.#rebuildsInVain >= REBUILDS_IN_VAIN;
  }

  check(nowMs: number): void {
    const { mark, mayWait, waitsFor } = this.#part.progress();
    // A machine that slept was no part that was stuck.
    const stepMs = Math.min(nowMs - (this.#lastLookMs ?? nowMs), LONGEST_STEP_MS);
    this.#lastLookMs = nowMs;
    // The first look has nothing to compare with.
    const getsOn = this.#mark !== undefined && mark !== this.#mark;
    this.#mark = mark;
    if (getsOn) this.#recover();
    if (getsOn || mayWait) this.#idleMs = 0;
    else this.#idleMs += stepMs;
    // A rebuild that did not help is not repeated at the same pace.
    if (this.#idleMs >= this.#timeoutMs() * this.#patience && !this.#rebuilding) {
      this.#stall(waitsFor);
    }
  }

  report(): WatchReport {
    return {
      part: this.#part.name,
      waits_for: this.#part.progress().waitsFor,
      stalled_since: isoOrNull(this.#stalledSinceMs),
      rebuilds: this.#rebuilds,
      rebuilt_at: isoOrNull(this.#last?.atMs),
      rebuilt_for: this.#last?.waitedFor ?? null,
    };
  }

  #recover(): void {
    if (this.#stalledSinceMs === undefined) return;
    this.#log.info("{part} makes progress again", { part: this.#part.name });
    this.#stalledSinceMs = undefined;
    this.#rebuildsInVain = 0;
    this.#patience = 1;
  }

  #stall(waitsFor: string): void {
    const idle_ms = this.#idleMs;
    const properties = { part: this.#part.name, waits_for: waitsFor, idle_ms };
    const nowMs = this.#clock.now();
    if (this.#stalledSinceMs === undefined) {
      this.#stalledSinceMs = nowMs - idle_ms;
      this.#log.error(
        "{part} makes no progress and is rebuilt; it waits for {waits_for}",
        properties,
      );
    } else {
      this.#log.debug("{part} still makes no progress and is rebuilt again", properties);
      this.#rebuildsInVain++;
      this.#patience = Math.min(this.#patience * PATIENCE_GROWTH, MAX_PATIENCE);
    }
    this.#idleMs = 0;
    this.#rebuilds++;
    this.#last = { atMs: nowMs, waitedFor: waitsFor };
    // Not waited for: a part that cannot be rebuilt must not keep the others from being watched.
    void this.#rebuild();
  }

  async #rebuild(): Promise<void> {
    this.#rebuilding = true;
    try {
      await this.#part.rebuild();
    } catch (error) {
      const reason = messageOf(error);
      this.#log.error("{part} cannot be rebuilt: {reason}", { part: this.#part.name, reason });
    } finally {
      this.#rebuilding = false;
      // What the new part has is where it begins, not progress.
      this.#mark = this.#part.progress().mark;
    }
  }
}
