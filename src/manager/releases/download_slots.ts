/**
 * How many downloads run at a time: in all, and of one agent.
 *
 * When there are as many as there may be, those that have taken nothing for a while are ended: whoever is gone without a word, or
 * reads a byte a minute, keeps nobody out.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** One agent resumes on a new connection before the old one is known to be dead; more is no use to it. */
const MOST_OF_AGENT = 2;
const STALLED_AFTER_MS = 30_000;
const RETRY_AFTER_S = 10;
/** Longest wait that anybody is told, in seconds. */
const LONGEST_WAIT_S = 120;

/** One download. */
export interface DownloadSlot extends Disposable {
  /** Says that it takes something. */
  moved(): void;
  /** Aborted when it has to end for others. */
  readonly signal: AbortSignal;
}

/** There is no room for one more. */
export interface NoSlot {
  /** Whether the agent itself has too many. */
  ofAgent: boolean;
  retryAfterS: number;
}

interface Taken {
  agentId: string;
  movedAtMs: number;
  ended: AbortController;
}

/** Gives slots to downloads. */
export class DownloadSlots {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #most: number;
  readonly #taken = new Set<Taken>();
  readonly #ofAgent = new Map<string, number>();
  #refused = 0;

  /** @param most downloads in all */
  constructor(clock: Pick<Clock, "monotonic">, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Downloads that run. */
  get count(): number {
    return this.#taken.size;
  }

  /** A slot for one download, to be disposed at its end. */
  take(agentId: string): DownloadSlot | NoSlot {
    if ((this.#ofAgent.get(agentId) ?? 0) >= MOST_OF_AGENT) this.#endStalled(agentId);
    if ((this.#ofAgent.get(agentId) ?? 0) >= MOST_OF_AGENT) {
      return { ofAgent: true, retryAfterS: RETRY_AFTER_S };
    }
    if (this.#taken.size >= this.#most) this.#endStalled();
    if (this.#taken.size >= this.#most) return { ofAgent: false, retryAfterS: this.#wait() };
    this.#refused = 0;
    return this.#slot(agentId);
  }

  #slot(agentId: string): DownloadSlot {
    const taken = { agentId, movedAtMs: this.#clock.monotonic(), ended: new AbortController() };
    this.#taken.add(taken);
    this.#count(agentId, 1);
    return {
      signal: taken.ended.signal,
      moved: () => {
        taken.movedAtMs = this.#clock.monotonic();
      },
      [Symbol.dispose]: () => this.#free(taken),
    };
  }

  #free(taken: Taken): void {
    if (this.#taken.delete(taken)) this.#count(taken.agentId, -1);
  }

  #count(agentId: string, change: 1 | -1): void {
    const count = (this.#ofAgent.get(agentId) ?? 0) + change;
    if (count > 0) this.#ofAgent.set(agentId, count);
    else this.#ofAgent.delete(agentId);
  }

  /** Those who are refused one after the other are told growing waits, so that they do not come back together. */
  #wait(): number {
    this.#refused++;
    const waitS = RETRY_AFTER_S * (1 + this.#refused / Math.max(1, this.#most));
    return Math.ceil(Math.min(LONGEST_WAIT_S, waitS));
  }

  #endStalled(agentId?: string): void {
    const before = this.#clock.monotonic() - STALLED_AFTER_MS;
    for (const taken of this.#taken) {
      if (taken.movedAtMs > before || (agentId !== undefined && taken.agentId !== agentId)) {
        continue;
      }
      this.#free(taken);
      taken.ended.abort();
    }
  }
}
