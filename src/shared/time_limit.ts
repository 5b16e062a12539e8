/**
 * A time limit of a piece of work that may be ended from outside too.
 *
 * @module
 */

import { AnySignal } from "./any_signal.ts";
import type { Clock } from "./clock.ts";

/** Runs from construction until it is disposed: whatever clock still ran then would keep the process awake. */
export class TimeLimit implements Disposable {
  /** Why the work ends when its time is up. */
  readonly timeout: DOMException;
  readonly #timeUp = new AbortController();
  readonly #over = new AbortController();
  readonly #either: AnySignal;

  /**
   * @param limitMs how long the work may take, in milliseconds
   * @param ending whose clock counts; its signal ends the work before that
   */
  constructor(limitMs: number, ending: { clock: Pick<Clock, "sleep">; signal: AbortSignal }) {
    this.timeout = new DOMException(`timed out after ${limitMs / 1_000} s`, "TimeoutError");
    this.#either = new AnySignal(ending.signal, this.#timeUp.signal);
    ending.clock.sleep(limitMs, this.#over.signal)
      .then(() => this.#timeUp.abort(this.timeout), () => {});
  }

  /** For the work: aborted with whatever came first, and its reason. */
  get signal(): AbortSignal {
    return this.#either.signal;
  }

  /** Whether the time is up, whatever came first. */
  get isUp(): boolean {
    return this.#timeUp.signal.aborted;
  }

  [Symbol.dispose](): void {
    this.#over.abort("over");
    this.#either[Symbol.dispose]();
  }
}
