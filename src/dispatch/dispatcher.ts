/**
 * Moves one stream from the queue to the server: makes batches, sends them, settles them.
 *
 * A batch is sent again and again, unchanged, until the server has received or refused it. While tries fail no new batch is made and
 * all batches of the stream wait for the same moment, so that a server that is down gets a few requests, not a flood.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Stream } from "../comms/wire.ts";
import { messageOf } from "../errors.ts";
import type {
  DispatchBatch,
  DispatcherDeps,
  DispatchFailure,
  DispatchPolicy,
  DispatchStatus,
  RefusedEvent,
  SendOutcome,
} from "./types.ts";
import { Wakeup } from "./wakeup.ts";

type RefusedBatch = Extract<SendOutcome, { kind: "give_up" }>;

/** Sends one stream. Built idle; {@linkcode Dispatcher.run} does everything. */
export class Dispatcher<B extends DispatchBatch> {
  readonly #stream: Stream;
  readonly #currentPolicy: () => DispatchPolicy;
  readonly #deps: DispatcherDeps<B>;
  readonly #log;
  readonly #wakeup: Wakeup;
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #counts = { sent_events: 0, sent_batches: 0, retried_batches: 0 };
  #failure: DispatchFailure | undefined;
  #flushing = false;
  /** Set once the server has refused a batch as too large: half of what that one had. */
  #largestBatchBytes = Infinity;
  /** Monotonic. Until then nobody tries again. */
  #resumeAtMs = -Infinity;

  /** `policy` is asked each time it matters, so that it can change while the dispatcher runs. */
  constructor(stream: Stream, policy: () => DispatchPolicy, deps: DispatcherDeps<B>) {
    this.#stream = stream;
    this.#currentPolicy = policy;
    this.#deps = deps;
    this.#log = getLogger(["agent", "dispatch", stream]);
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** Sends until the signal is aborted: first the batches of the process before, then new ones. */
  async run(signal: AbortSignal): Promise<void> {
    const stopListening = this.#deps.source.onChange(() => this.#wakeup.wake());
    try {
      for (const batch of this.#deps.source.openBatches(this.#stream)) {
        await this.#untilSlotIsFree(signal);
        if (signal.aborted) break;
        this.#start(batch, signal);
      }
      while (!signal.aborted) {
        if (!(await this.#startNext(signal))) await this.#wakeup.wait(this.#waitMs(), signal);
      }
    } finally {
      stopListening();
      await Promise.all(this.#inFlight.values());
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

  /** Looks again at what waits: the policy has changed. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** How it stands now. */
  status(): DispatchStatus {
    return { ...this.#counts, batches_in_flight: this.#inFlight.size, failure: this.#failure };
  }

  get #policy(): DispatchPolicy {
    return this.#currentPolicy();
  }

  #isEmpty(): boolean {
    const { source } = this.#deps;
    return source.waiting(this.#stream).events === 0 &&
      source.openBatches(this.#stream).length === 0;
  }

  async #untilSlotIsFree(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#inFlight.size >= this.#policy.maxInFlight) {
      await this.#wakeup.wait(undefined, signal);
    }
  }

  /** Starts one batch when there is one to start; false when there is not. */
  async #startNext(signal: AbortSignal): Promise<boolean> {
    if (this.#inFlight.size >= this.#policy.maxInFlight || this.#failure) return false;
    if (!this.#isDue()) return false;
    try {
      const batch = await this.#deps.source.claim(this.#stream, this.#largestBatchBytes);
      if (batch !== undefined) this.#start(batch, signal);
      return batch !== undefined;
    } catch (error) {
      this.#log.error("Cannot make a batch: {reason}", { reason: messageOf(error) });
      await this.#pause(this.#deps.retryWaits.next(), signal);
      return true;
    }
  }

  #isDue(): boolean {
    const { events, bytes, oldest_ms } = this.#deps.source.waiting(this.#stream);
    if (events === 0) return false;
    const { batchEvents, batchBytes } = this.#policy;
    const enoughBytes = Math.min(batchBytes, this.#largestBatchBytes);
    return this.#flushing || events >= batchEvents || bytes >= enoughBytes ||
      this.#dueInMs(oldest_ms) <= 0;
  }

  /** How long to sleep when nothing can be started now; `undefined`: until something changes. */
  #waitMs(): number | undefined {
    if (this.#inFlight.size >= this.#policy.maxInFlight || this.#failure) return undefined;
    const { events, oldest_ms } = this.#deps.source.waiting(this.#stream);
    return events === 0 ? undefined : this.#dueInMs(oldest_ms);
  }

  /** Events from the future (the wall clock was set back) are due at once: nothing waits for a clock to catch up. */
  #dueInMs(oldestMs = 0): number {
    const ageMs = this.#deps.clock.now() - oldestMs;
    return ageMs < 0 ? 0 : this.#policy.batchIntervalMs - ageMs;
  }

  #start(batch: B, signal: AbortSignal): void {
    this.#counts.sent_batches++;
    this.#counts.sent_events += batch.events;
    this.#log.debug("Sending a batch", { batch_id: batch.id, events: batch.events });
    const delivery = this.#deliver(batch, signal)
      .catch((error) => {
        if (!signal.aborted) {
          this.#log.error("Delivery of batch {batch_id} failed: {reason}", {
            batch_id: batch.id,
            reason: messageOf(error),
          });
        }
      })
      .finally(() => {
        this.#inFlight.delete(batch.id);
        this.#wakeup.wake();
      });
    this.#inFlight.set(batch.id, delivery);
  }

  /** Tries until the batch is settled. */
  async #deliver(batch: B, signal: AbortSignal): Promise<void> {
    for (let tries = 1;; tries++) {
      const outcome = await this.#deps.send(batch, this.#deps.source.body(batch), signal);
      if (outcome.kind === "give_up" && batch.events > 1) {
        return await this.#deliverHalves(batch, outcome, signal);
      }
      if (outcome.kind !== "retry") return await this.#settle(batch, outcome, signal);
      await this.#afterFailure({ ...outcome, tries }, signal);
      this.#counts.retried_batches++;
    }
  }

  /** Finds the events at fault by halving, so that the others still arrive. */
  async #deliverHalves(batch: B, { status, reason }: RefusedBatch, signal: AbortSignal) {
    this.#succeeded();
    this.#log.warn("A batch was refused and is sent again in halves: {reason}", { reason });
    if (status === 413) {
      this.#largestBatchBytes = Math.min(this.#largestBatchBytes, Math.floor(batch.bytes / 2));
    }
    for (const half of await this.#deps.source.halve(batch) ?? []) {
      await this.#deliver(half, signal);
    }
  }

  /** The answer is final; only the disk can stand in the way, and it may come back. */
  async #settle(batch: B, outcome: Exclude<SendOutcome, { kind: "retry" }>, signal: AbortSignal) {
    this.#succeeded();
    for (;;) {
      try {
        return await this.#record(batch, outcome);
      } catch (error) {
        this.#log.error("Cannot record the answer to batch {batch_id}: {reason}", {
          batch_id: batch.id,
          reason: messageOf(error),
        });
        await this.#pause(this.#deps.retryWaits.next(), signal);
      }
    }
  }

  async #record(batch: B, outcome: Exclude<SendOutcome, { kind: "retry" }>): Promise<void> {
    if (outcome.kind === "done") {
      const { status, refused = [] } = outcome;
      this.#log.debug("A batch was received", { batch_id: batch.id, status });
      if (refused.length > 0) this.#logRefused(batch, refused);
      return await this.#deps.source.acknowledge(batch, { status, refused });
    }
    const { status, reason } = outcome;
    this.#log.error("Refused events are set aside: {reason}", { reason, events: batch.events });
    await this.#deps.source.setAside(batch, { status, reason });
  }

  #logRefused(batch: B, refused: readonly RefusedEvent[]): void {
    this.#log.error("Events of a batch were refused and set aside: {reason}", {
      reason: refused[0]?.reason,
      events: refused.length,
      batch_id: batch.id,
    });
  }

  #succeeded(): void {
    this.#deps.retryWaits.reset();
    if (this.#failure === undefined) return;
    this.#log.info("Sending works again", { failed_tries: this.#failure.tries });
    this.#failure = undefined;
    this.#wakeup.wake();
  }

  async #afterFailure(
    failure: { reason: string; afterMs?: number; tries: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { reason, afterMs, tries } = failure;
    const waitMs = this.#sharedWaitMs(afterMs);
    this.#resumeAtMs = this.#deps.clock.monotonic() + waitMs;
    const at_ms = this.#deps.clock.now();
    this.#failure = { reason, at_ms, next_try_at_ms: at_ms + waitMs, tries };
    this.#log.warn("Cannot send: {reason}", { reason, next_try_in_ms: Math.round(waitMs) });
    await this.#pause(waitMs, signal);
  }

  /** Batches that fail together wait for the same moment: the first decides when. */
  #sharedWaitMs(afterMs: number | undefined): number {
    const left = this.#resumeAtMs - this.#deps.clock.monotonic();
    return left > 0 ? Math.max(left, afterMs ?? 0) : this.#deps.retryWaits.next(afterMs);
  }

  async #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    await this.#deps.clock.sleep(durationMs, signal);
  }
}
