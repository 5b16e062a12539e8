/**
 * Whether this manager can take events now, as a balancer has to know it. Being asked costs nothing: what may take time, such as
 * looking at the servers of a cluster, is done beside it.
 *
 * @module
 */

import type { Clock } from "../shared/clock.ts";

/** So long after it was last asked, nobody goes by the answer any more, in milliseconds. */
const ASKED_FOR_MS = 60_000;

/** What keeps a manager from taking events. */
export interface Trouble {
  /**
   * - `starting`: what it has to know is not read yet
   * - `draining`: it stops
   * - `no_broker`: no server of the cluster can be reached
   * - `no_leader`: nobody leads a stream of events
   * - `no_quorum`: too few servers of a stream of events are there to confirm anything
   */
  reason: "starting" | "draining" | "no_broker" | "no_leader" | "no_quorum";
  /** For people; holds no secret. */
  message: string;
  /** Milliseconds since 1970. */
  sinceMs: number;
}

/** Says whether, and knows whether anybody goes by it. */
export class Readiness {
  readonly #clock: Clock;
  #ownTrouble: Trouble | undefined;
  #othersTrouble: () => Trouble | undefined = () => undefined;
  #askedAtMs = -Infinity;

  /** A manager that starts. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ownTrouble = {
      reason: "starting",
      message: "The manager reads what it has to know",
      sinceMs: clock.now(),
    };
  }

  /** The manager has started. @param trouble what stands in its way all the same */
  started(trouble: () => Trouble | undefined): void {
    this.#othersTrouble = trouble;
    this.#ownTrouble = undefined;
  }

  /** The manager stops. */
  drain(): void {
    this.#ownTrouble = {
      reason: "draining",
      message: "The manager is stopping",
      sinceMs: this.#clock.now(),
    };
  }

  /** What stands in the way now; `undefined` when nothing does. */
  trouble(): Trouble | undefined {
    return this.#ownTrouble ?? this.#othersTrouble();
  }

  /** As {@linkcode trouble}, for somebody who decides by it where agents go. */
  ask(): Trouble | undefined {
    this.#askedAtMs = this.#clock.monotonic();
    return this.trouble();
  }

  /** Whether somebody has asked lately, and so will again. */
  get isWatched(): boolean {
    return this.#clock.monotonic() - this.#askedAtMs < ASKED_FOR_MS;
  }
}
