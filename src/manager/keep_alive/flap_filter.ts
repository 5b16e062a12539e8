/**
 * Keeps agents that come and go from being announced every time.
 *
 * A change is announced at once, unless it takes the agent back to the state it had a short while
 * ago: then the agent flaps. From there on its changes are only counted, until it has kept one state
 * for the whole while; that is announced once. An agent that goes on flapping is announced now and
 * then all the same, and counted anew.
 *
 * @module
 */

import type { AgentState } from "./announcement.ts";

/** An agent that flaps is announced after this many quiet times at the latest. */
const LONGEST_HELD = 10;

/** One change of an agent. Times are of the monotonic clock, in milliseconds. */
interface Change {
  /** The agent's. */
  slot: number;
  /** The state before the one that the agent leaves. */
  before: AgentState;
  previous: AgentState;
  current: AgentState;
  /** Since when it was in `previous`. */
  sinceMs: number;
  atMs: number;
}

/** An agent whose changes are only counted. */
export interface Flapping {
  slot: number;
  /** The state that was announced last. */
  announced: AgentState;
  current: AgentState;
  /** How many changes there were since then. */
  changes: number;
  /** When it changed last. */
  atMs: number;
}

/** Tells changes that are to be announced from those that are to be counted. */
export class FlapFilter {
  readonly #quietMs: number;
  /** In the order of their last changes, so the first one is the next to be quiet. */
  readonly #flapping = new Map<number, Flapping>();
  /** Since when each is counted, in that order. */
  readonly #countedSince = new Map<number, number>();

  /** @param quietMs how long a state must last to count, in milliseconds */
  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** True when the change is to be announced now. */
  passes({ slot, before, previous, current, sinceMs, atMs }: Change): boolean {
    const flapping = this.#flapping.get(slot);
    if (flapping !== undefined) {
      this.#flapping.delete(slot);
      const changes = flapping.changes + 1;
      this.#flapping.set(slot, { ...flapping, current, changes, atMs });
      return false;
    }
    // Only a change back to where it came from, and soon, is flapping.
    if (current !== before || atMs - sinceMs >= this.#quietMs) return true;
    // The change there was announced, the one back is not: it counts both.
    this.hold({ slot, announced: previous, current, changes: 2, atMs });
    return false;
  }

  /** Only counts the changes of an agent from now on. */
  hold(flapping: Flapping): void {
    this.#flapping.set(flapping.slot, flapping);
    this.#countedSince.set(flapping.slot, flapping.atMs);
  }

  /** The agent is no more: nothing of it is announced. */
  forget(slot: number): void {
    this.#flapping.delete(slot);
    this.#countedSince.delete(slot);
  }

  /** What is held back of an agent; `undefined` when everything is announced. */
  held(slot: number): Flapping | undefined {
    const flapping = this.#flapping.get(slot);
    return flapping?.changes === 0 ? undefined : flapping;
  }

  /**
   * An agent that is to be announced: it has been quiet for long enough and flaps no longer, or it
   * has been flapping for too long without a word.
   */
  takeDue(nowMs: number): Flapping | undefined {
    return this.#takeQuiet(nowMs) ?? this.#takeLongHeld(nowMs);
  }

  /** When {@linkcode takeDue} has something to do next. */
  nextDueMs(): number | undefined {
    const [first] = this.#flapping.values();
    const [sinceMs = Infinity] = this.#countedSince.values();
    return first && Math.min(first.atMs + this.#quietMs, sinceMs + this.#longestMs);
  }

  #takeQuiet(nowMs: number): Flapping | undefined {
    for (const flapping of this.#flapping.values()) {
      if (flapping.atMs + this.#quietMs > nowMs) return undefined;
      this.#flapping.delete(flapping.slot);
      this.#countedSince.delete(flapping.slot);
      if (flapping.changes > 0) return flapping;
    }
    return undefined;
  }

  #takeLongHeld(nowMs: number): Flapping | undefined {
    for (const [slot, sinceMs] of this.#countedSince) {
      if (sinceMs + this.#longestMs > nowMs) return undefined;
      this.#countedSince.delete(slot);
      this.#countedSince.set(slot, nowMs);
      const flapping = this.#flapping.get(slot);
      if (flapping === undefined) continue;
      // It keeps its place: when it changed last is the same.
      this.#flapping.set(slot, { ...flapping, announced: flapping.current, changes: 0 });
      return flapping;
    }
    return undefined;
  }

  get #longestMs(): number {
    return LONGEST_HELD * this.#quietMs;
  }
}
