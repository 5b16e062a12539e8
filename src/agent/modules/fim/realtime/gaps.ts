/**
 * What was not seen as it happened, until a scan has made up for it.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import type { ModuleProblem } from "../../../../shared/protocol/part_status.ts";
import type { Gap } from "./change_source.ts";

/** Scans that make up for gaps begin so long after each other, in milliseconds. */
const BETWEEN_MS = 30_000;

interface OpenGap extends Gap {
  /** Wall clock. */
  sinceMs: number;
}

/** Remembers gaps. */
export class Gaps {
  readonly #clock: Clock;
  #open: OpenGap[] = [];
  /** Gaps that no scan mends, such as folders without a watch, by their cause. */
  readonly #lasting = new Map<string, OpenGap>();
  #nextScanMs = -Infinity;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  add(gap: Gap): void {
    this.#count++;
    const open = { ...gap, sinceMs: this.#clock.now() };
    if (gap.isLasting && !this.#lasting.has(gap.hint)) this.#lasting.set(gap.hint, open);
    if (gap.paths.length === 0) return;
    const same = this.#open.find(({ cause }) => cause === gap.cause);
    if (same === undefined) this.#open.push(open);
    else same.paths = [...new Set([...same.paths, ...gap.paths])];
  }

  /** Milliseconds until what was missed may be scanned; `undefined` when nothing was. */
  nextInMs(): number | undefined {
    if (this.#open.length === 0) return undefined;
    return Math.max(0, this.#nextScanMs - this.#clock.monotonic());
  }

  /** Takes what was missed to have it scanned; what is missed from now on is another gap. */
  take(): OpenGap[] {
    this.#nextScanMs = this.#clock.monotonic() + BETWEEN_MS;
    const open = this.#open;
    this.#open = [];
    return open;
  }

  /** Gives back what could not be scanned. */
  giveBack(gaps: readonly OpenGap[]): void {
    this.#open.unshift(...gaps);
  }

  /** Forgets what lasted, for when everything is watched anew. */
  forgetLasting(): void {
    this.#lasting.clear();
  }

  problems(): ModuleProblem[] {
    const lasting = [...this.#lasting.values()];
    const passing = this.#open.filter(({ isLasting }) => !isLasting);
    return [...lasting, ...passing].map((gap) => ({
      code: "changes_missed",
      subject: gap.paths[0] ?? "watched folders",
      message: `changes were missed, since ${gap.cause}: a scan makes up for them`,
      since: new Date(gap.sinceMs).toISOString(),
      hint: gap.hint,
    }));
  }
}
