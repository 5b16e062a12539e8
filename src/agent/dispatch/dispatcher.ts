/**
 * Moves one stream from the queue to the server: makes batches, sends them, settles them.
 *
 * A batch is sent again and again, unchanged, until the server has received or refused it. While tries fail no new batch is made,
 * all batches of the stream wait for the same moment, and half as many are under way after each wait ({@linkcode InFlightLimit}), so
 * that a server that stays down soon gets one request after each wait, not a flood.
 *
 * A batch stops counting as under way with its answer: the next one is claimed in the transaction that settles it.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { aborted } from "../../shared/any_signal.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { messageOf } from "../../shared/errors.ts";
import { pluralize } from "../../shared/text.ts";
import { Deliverer } from "./deliverer.ts";
import type { DispatchBatch, DispatcherDeps, DispatchPolicy } from "./types.ts";
import { Wakeup } from "../../shared/wakeup.ts";
import type { DispatchStatus, Progress } from "../../shared/protocol/part_status.ts";

/** Sends one stream. Built idle; {@linkcode Dispatcher.run} does everything. */
export class Dispatcher<B extends DispatchBatch> {
  readonly #stream: Stream;
  readonly #currentPolicy: () => DispatchPolicy;
  readonly #deps: DispatcherDeps<B>;
  readonly #log;
  readonly #wakeup: Wakeup;
  readonly #deliverer: Deliverer<B>;
  /** By batch id, from the claim to the settlement. */
  readonly #deliveries = new Map<string, Promise<void>>();
  /** Ids of the batches among them that have no final answer yet. */
  readonly #unanswered = new Set<string>();
  readonly #counts = { sent_events: 0, sent_batches: 0 };
  #flushing = false;
  #hastening = false;
  #settling = false;

  /** `policy` is asked each time it matters, so that it can change while the dispatcher runs. */
  constructor(stream: Stream, policy: () => DispatchPolicy, deps: DispatcherDeps<B>) {
    this.#stream = stream;
    this.#currentPolicy = policy;
    this.#deps = deps;
    this.#log = getLogger(["agent", "dispatch", stream]);
    this.#wakeup = new Wakeup(deps.clock);
    this.#deliverer = new Deliverer({
      stream,
      deps,
      maxInFlight: () => this.#policy.maxInFlight,
      log: this.#log,
      onRecovery: () => this.#wakeup.wake(),
      onClaim: (batch) => this.#count(batch),
    });
  }

  /** Sends until the signal is aborted: first the batches of the process before, then new ones. */
  async run(signal: AbortSignal): Promise<void> {
    const stopListening = this.#deps.source.onChange(() => this.#wakeup.wake());
    try {
      for (const batch of this.#deps.source.openBatches(this.#stream)) {
        await this.#untilOneMayStart(signal);
        if (signal.aborted) break;
        // The process before may have sent it and ended before it heard the answer.
        this.#deliverer.doubt(batch);
        this.#start(batch, signal);
      }
      while (!signal.aborted) {
        if (!(await this.#startNext(signal))) await this.#wakeup.wait(this.#waitMs(), signal);
      }
    } finally {
      stopListening();
      // Each settles what it has an answer for: ended earlier, that answer would be forgotten.
      await Promise.all(this.#deliveries.values());
    }
  }

  /**
   * Sends what waits without regard to `batchIntervalMs`, and resolves when the stream is empty.
   *
   * @throws the signal's reason when aborted first; what is left stays in the queue
   */
  async flush(signal: AbortSignal): Promise<void> {
    this.#flushing = true;
    const wakeup = new Wakeup(this.#deps.clock);
    const stopListening = this.#deps.source.onChange(() => wakeup.wake());
    this.#wakeup.wake();
    try {
      while (!this.#isEmpty()) {
        signal.throwIfAborted();
        await wakeup.wait(undefined, signal);
      }
    } finally {
      this.#flushing = false;
      stopListening();
    }
  }

  /** Makes no new batches any more, and resolves when those under way are settled, or when the signal is aborted. */
  async settle(signal: AbortSignal): Promise<void> {
    this.#settling = true;
    await Promise.race([Promise.all(this.#deliveries.values()), aborted(signal)]);
  }

  /** Somebody waits for what waits now: it is sent without regard to `batchIntervalMs`. */
  hasten(): void {
    this.#hastening = true;
    this.#wakeup.wake();
  }

  /** Looks again at what waits: the policy has changed. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** How it stands now. */
  status(): DispatchStatus {
    return {
      ...this.#counts,
      batches_in_flight: this.#deliveries.size,
      retried_batches: this.#deliverer.retries,
      in_flight_limit: this.#deliverer.limit.current,
      failure: this.#deliverer.outage.failure,
    };
  }

  /**
   * Whether it gets on, for whoever watches it: a request may take up to `requestLimitMs`, waits by the clock and an empty stream as
   * long as they take.
   */
  progress(requestLimitMs: number): Progress {
    const { oldestRequest, over } = this.#deliverer.waits;
    if (oldestRequest !== undefined && oldestRequest.ageMs > requestLimitMs) {
      const { what, ageMs } = oldestRequest;
      // The others may well go on: this one does not.
      return { mark: what, waitsFor: `${what}, for ${seconds(ageMs)}`, mayWait: false };
    }
    return { mark: String(over), ...this.#currentWait() };
  }

  #currentWait(): Pick<Progress, "waitsFor" | "mayWait"> {
    const { oldestRequest, pauseMs } = this.#deliverer.waits;
    const waitMs = pauseMs ?? this.#deliverer.outage.waitMs;
    if (waitMs > 0) return { waitsFor: `its next try, in ${seconds(waitMs)}`, mayWait: true };
    if (oldestRequest !== undefined) return { waitsFor: oldestRequest.what, mayWait: true };
    if (this.#deliveries.size > 0) {
      return {
        waitsFor: `${pluralize(this.#deliveries.size, "batch", "batches")} to end`,
        mayWait: false,
      };
    }
    if (this.#isDue()) return { waitsFor: "the next batch", mayWait: false };
    return { waitsFor: "events", mayWait: true };
  }

  get #policy(): DispatchPolicy {
    return this.#currentPolicy();
  }

  #isEmpty(): boolean {
    const { source } = this.#deps;
    return source.waiting(this.#stream).events === 0 &&
      source.openBatches(this.#stream).length === 0;
  }

  /** Bounded twice: what a failing disk keeps from being settled must not pile up either. */
  get #mayStart(): boolean {
    return !this.#deliverer.searching &&
      this.#unanswered.size < this.#deliverer.limit.current &&
      this.#deliveries.size < 2 * this.#policy.maxInFlight;
  }

  /** While tries fail, batches that are under way find out when that is over; without one, the next batch does. */
  get #mustWait(): boolean {
    const { outage } = this.#deliverer;
    return outage.failure !== undefined && (this.#deliveries.size > 0 || outage.waitMs > 0);
  }

  async #untilOneMayStart(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#mayStart) await this.#wakeup.wait(undefined, signal);
  }

  /** Starts one batch when there is one to start; false when there is not. */
  async #startNext(signal: AbortSignal): Promise<boolean> {
    if (this.#settling || !this.#mayStart || this.#mustWait || !this.#isDue()) return false;
    try {
      const batch = await this.#deps.source.claim(this.#stream, this.#deliverer.size.bytes);
      if (this.#deps.source.waiting(this.#stream).events === 0) this.#hastening = false;
      if (batch !== undefined) this.#start(batch, signal);
      return batch !== undefined;
    } catch (error) {
      this.#log.error("Cannot make a batch: {reason}", { reason: messageOf(error) });
      // The disk, most likely: it fails as fast as it is asked.
      await this.#deliverer.waits.pause(this.#deps.retryWaits.next(), signal);
      return true;
    }
  }

  #isDue(): boolean {
    const { events, bytes, oldest_ms } = this.#deps.source.waiting(this.#stream);
    if (events === 0) return false;
    const { batchEvents, batchBytes } = this.#policy;
    // What the server takes at most is a full batch, whatever the options say.
    const enoughBytes = Math.min(batchBytes, this.#deliverer.size.bytes);
    return this.#flushing || this.#hastening || events >= batchEvents || bytes >= enoughBytes ||
      this.#dueInMs(oldest_ms) <= 0;
  }

  /** How long to sleep when nothing can be started now; `undefined`: until something changes. */
  #waitMs(): number | undefined {
    const { outage } = this.#deliverer;
    if (outage.failure && this.#deliveries.size === 0 && outage.waitMs > 0) return outage.waitMs;
    // Whatever ends this wakes the loop: an answer, an end of a search.
    if (this.#settling || !this.#mayStart || this.#mustWait) return undefined;
    const { events, oldest_ms } = this.#deps.source.waiting(this.#stream);
    return events === 0 ? undefined : this.#dueInMs(oldest_ms);
  }

  /** Events from the future (the wall clock was set back) are due at once: nothing waits for a clock to catch up. */
  #dueInMs(oldestMs = 0): number {
    const ageMs = this.#deps.clock.now() - oldestMs;
    return ageMs < 0 ? 0 : this.#policy.batchIntervalMs - ageMs;
  }

  #count({ events }: B): void {
    this.#counts.sent_batches++;
    this.#counts.sent_events += events;
  }

  #start(batch: B, signal: AbortSignal): void {
    this.#count(batch);
    this.#log.debug("Sending a batch", { batch_id: batch.id, events: batch.events });
    this.#unanswered.add(batch.id);
    const onAnswer = () => {
      this.#unanswered.delete(batch.id);
      this.#wakeup.wake();
    };
    const delivery = this.#deliverer.deliver(batch, { signal, onAnswer })
      .catch((error) => {
        // An abort is how a stop cuts deliveries short: no failure of theirs.
        if (!signal.aborted) {
          this.#log.error("Delivery of batch {batch_id} failed: {reason}", {
            batch_id: batch.id,
            reason: messageOf(error),
          });
        }
      })
      .finally(() => {
        this.#unanswered.delete(batch.id);
        this.#deliveries.delete(batch.id);
        this.#wakeup.wake();
      });
    this.#deliveries.set(batch.id, delivery);
  }
}

function seconds(durationMs: number): string {
  return `${Math.ceil(durationMs / 1_000)} s`;
}
