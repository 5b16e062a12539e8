/**
 * A dispatcher that can be replaced while it runs: by a new one that goes on with the same batches, under the same ids.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { aborted, AnySignal } from "../../shared/any_signal.ts";
import { messageOf } from "../../shared/errors.ts";
import type { DispatchStatus, Progress } from "../../shared/protocol/part_status.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { DispatchBatch } from "./types.ts";

/** Runs one dispatcher at a time. */
export class ReplaceableDispatcher<B extends DispatchBatch> {
  readonly #create: () => Dispatcher<B>;
  readonly #log = getLogger(["agent", "dispatch"]);
  #current: Dispatcher<B>;
  /** Ends the current one. */
  #life = new AbortController();
  /** What those before it counted. */
  #counted = { sent_events: 0, sent_batches: 0, retried_batches: 0 };

  constructor(create: () => Dispatcher<B>) {
    this.#create = create;
    this.#current = create();
  }

  /** Sends until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { signal: replaced } = this.#life;
      const either = new AnySignal(signal, replaced);
      const running = this.#current.run(either.signal);
      await Promise.race([running, aborted(replaced)]);
      if (!replaced.aborted || signal.aborted) {
        using _followed = either;
        return await running;
      }
      // One that is stuck may never end: nobody waits for it.
      running.catch((error) =>
        this.#log.debug("A dispatcher that was replaced ended: {reason}", {
          reason: messageOf(error),
        })
      );
    }
  }

  /**
   * Puts a new one in the place of the current one. What that had under way is cut; a late answer still counts when it says that a batch
   * was received.
   */
  replace(): void {
    // Before the change: the totals must not jump back when a new one begins at 0.
    const { sent_events, sent_batches, retried_batches } = this.status();
    this.#counted = { sent_events, sent_batches, retried_batches };
    const life = this.#life;
    this.#life = new AbortController();
    this.#current = this.#create();
    // Last, when the new one is in place: whoever wakes up by this must find that.
    life.abort("replaced");
  }

  /** See {@linkcode Dispatcher.flush}. */
  flush(signal: AbortSignal): Promise<void> {
    return this.#current.flush(signal);
  }

  /** See {@linkcode Dispatcher.settle}. */
  settle(signal: AbortSignal): Promise<void> {
    return this.#current.settle(signal);
  }

  /** See {@linkcode Dispatcher.hasten}. */
  hasten(): void {
    this.#current.hasten();
  }

  /** See {@linkcode Dispatcher.wake}. */
  wake(): void {
    this.#current.wake();
  }

  /** See {@linkcode Dispatcher.status}; counts those that were replaced too. */
  status(): DispatchStatus {
    const status = this.#current.status();
    return {
      ...status,
      sent_events: this.#counted.sent_events + status.sent_events,
      sent_batches: this.#counted.sent_batches + status.sent_batches,
      retried_batches: this.#counted.retried_batches + status.retried_batches,
    };
  }

  /** See {@linkcode Dispatcher.progress}. */
  progress(requestLimitMs: number): Progress {
    return this.#current.progress(requestLimitMs);
  }
}
