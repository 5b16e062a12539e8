/**
 * The state of a module, since when, and what it last failed for.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { ModuleState } from "../../shared/protocol/part_status.ts";
import { ModuleUnavailable } from "./unavailable.ts";

/** What is seen from outside while a module runs. */
interface Signs {
  /** Wall clock: since when the queue has been pushing back. */
  blockedSinceMs: number | undefined;
  isScanning: boolean;
}

/** Remembers the state that a module is in. */
export class ModuleCondition {
  readonly #clock: Pick<Clock, "now">;
  #state: ModuleState;
  #sinceMs: number;
  #failure: string | undefined;
  #hint: string | undefined;

  constructor(clock: Pick<Clock, "now">, state: ModuleState) {
    this.#clock = clock;
    this.#state = state;
    this.#sinceMs = clock.now();
  }

  /** The state without what is only seen from outside. */
  get state(): ModuleState {
    return this.#state;
  }

  /** Why it failed last, also once it runs again. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The right next step after what it failed for, where that is known. */
  get hint(): string | undefined {
    return this.#hint;
  }

  /** Comes into a state. */
  enter(state: ModuleState): void {
    this.#state = state;
    this.#sinceMs = this.#clock.now();
  }

  /** Comes into the state `failed`, or `unavailable` when something outside is missing; gives the reason in one line. */
  fail(error: unknown): string {
    this.#failure = messageOf(error);
    const isUnavailable = error instanceof ModuleUnavailable;
    this.#hint = isUnavailable ? error.hint : undefined;
    this.enter(isUnavailable ? "unavailable" : "failed");
    return this.#failure;
  }

  /** Forgets what it failed for: that was with other options. */
  forgive(): void {
    this.#failure = undefined;
    this.#hint = undefined;
  }

  /** The state as a person is told it. */
  shown({ blockedSinceMs, isScanning }: Signs): { state: ModuleState; sinceMs: number } {
    if (this.#state !== "running") return { state: this.#state, sinceMs: this.#sinceMs };
    if (blockedSinceMs !== undefined) return { state: "waiting", sinceMs: blockedSinceMs };
    return { state: isScanning ? "scanning" : "running", sinceMs: this.#sinceMs };
  }
}
