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
import type { Stream } from "../../shared/protocol/wire.ts";
import { messageOf } from "../../shared/errors.ts";
import { BatchSizeLimit } from "./batch_size_limit.ts";
import { InFlightLimit, type Place } from "./in_flight_limit.ts";
import { Outage } from "./outage.ts";
import type { DispatchBatch, DispatcherDeps, DispatchPolicy } from "./types.ts";
import { Wakeup } from "./wakeup.ts";
import type { EventsOutcome, RefusedEvent } from "../../shared/protocol/exchange.ts";
import type { DispatchStatus } from "../../shared/protocol/part_status.ts";

type RefusedBatch = Extract<EventsOutcome, { kind: "give_up" }>;

/** Sends one stream. Built idle; {@linkcode Dispatcher.run} does everything. */
export class Dispatcher<B extends DispatchBatch> {
  readonly #stream: Stream;
  readonly #currentPolicy: () => DispatchPolicy;
  readonly #deps: DispatcherDeps<B>;
  readonly #log;
  readonly #wakeup: Wakeup;
  readonly #outage: Outage;
  readonly #limit: InFlightLimit;
  /** By batch id, from the claim to the settlement. */
  readonly #deliveries = new Map<string, Promise<void>>();
  /** Ids of the batches among them that have no final answer yet. */
  readonly #unanswered = new Set<string>();
  readonly #counts = { sent_events: 0, sent_batches: 0, retried_batches: 0 };
  #flushing = false;
  readonly #size = new BatchSizeLimit();

  /** `policy` is asked each time it matters, so that it can change while the dispatcher runs. */
  constructor(stream: Stream, policy: () => DispatchPolicy, deps: DispatcherDeps<B>) {
    this.#stream = stream;
    this.#currentPolicy = policy;
    this.#deps = deps;
    this.#log = getLogger(["agent", "dispatch", stream]);
    this.#wakeup = new Wakeup(deps.clock);
    this.#outage = new Outage({ ...deps, log: this.#log });
    this.#limit = new InFlightLimit(() => this.#policy.maxInFlight, deps.clock);
  }

  /** Sends until the signal is aborted: first the batches of the process before, then new ones. */
  async run(signal: AbortSignal): Promise<void> {
    const stopListening = this.#deps.source.onChange(() => this.#wakeup.wake());
    try {
      for (const batch of this.#deps.source.openBatches(this.#stream)) {
        await this.#untilOneMayStart(signal);
        if (signal.aborted) break;
        this.#start(batch, signal);
      }
      while (!signal.aborted) {
        if (!(await this.#startNext(signal))) await this.#wakeup.wait(this.#waitMs(), signal);
      }
    } finally {
      stopListening();
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

  /** Looks again at what waits: the policy has changed. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** How it stands now. */
  status(): DispatchStatus {
    return {
      ...this.#counts,
      batches_in_flight: this.#deliveries.size,
      in_flight_limit: this.#limit.current,
      failure: this.#outage.failure,
    };
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
    return this.#unanswered.size < this.#limit.current &&
      this.#deliveries.size < 2 * this.#policy.maxInFlight;
  }

  async #untilOneMayStart(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#mayStart) await this.#wakeup.wait(undefined, signal);
  }

  /** Starts one batch when there is one to start; false when there is not. */
  async #startNext(signal: AbortSignal): Promise<boolean> {
    if (!this.#mayStart || this.#outage.failure || !this.#isDue()) return false;
    try {
      const batch = await this.#deps.source.claim(this.#stream, this.#size.bytes);
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
    const enoughBytes = Math.min(batchBytes, this.#size.bytes);
    return this.#flushing || events >= batchEvents || bytes >= enoughBytes ||
      this.#dueInMs(oldest_ms) <= 0;
  }

  /** How long to sleep when nothing can be started now; `undefined`: until something changes. */
  #waitMs(): number | undefined {
    if (!this.#mayStart || this.#outage.failure) return undefined;
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
    this.#unanswered.add(batch.id);
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
        this.#unanswered.delete(batch.id);
        this.#deliveries.delete(batch.id);
        this.#wakeup.wake();
      });
    this.#deliveries.set(batch.id, delivery);
  }

  /** Tries until the batch is settled. */
  async #deliver(batch: B, signal: AbortSignal): Promise<void> {
    for (let tries = 1;; tries++) {
      const outcome = await this.#try(batch, tries, signal);
      if (outcome.kind === "give_up" && batch.events > 1) {
        return await this.#deliverHalves(batch, outcome, signal);
      }
      if (outcome.kind !== "retry") {
        this.#unanswered.delete(batch.id);
        this.#wakeup.wake();
        return await this.#settle(batch, outcome, signal);
      }
      this.#counts.retried_batches++;
    }
  }

  async #try(batch: B, tries: number, signal: AbortSignal): Promise<EventsOutcome> {
    const place = await this.#takePlace(signal);
    let outcome: EventsOutcome | undefined;
    try {
      outcome = await this.#deps.send(batch, this.#deps.source.body(batch), signal);
    } catch (error) {
      signal.throwIfAborted();
      outcome = { kind: "retry", reason: messageOf(error) };
    } finally {
      // Before the place is free: whoever takes it must know of the failure.
      if (outcome?.kind === "retry") this.#outage.begin(outcome, tries);
      const kinds = { retry: "failed", done: "answered", give_up: "answered" } as const;
      this.#limit.giveBack(place, outcome === undefined ? "unused" : kinds[outcome.kind]);
    }
    return outcome;
  }

  /** Takes a place once nobody has to wait for the server any more. */
  async #takePlace(signal: AbortSignal): Promise<Place> {
    for (;;) {
      const { waitMs } = this.#outage;
      if (waitMs > 0) await this.#pause(waitMs, signal);
      const place = await this.#limit.take(signal);
      if (this.#outage.waitMs <= 0) return place;
      this.#limit.giveBack(place, "unused");
    }
  }

  /** Finds the events at fault by halving, so that the others still arrive. */
  async #deliverHalves(batch: B, { status, reason }: RefusedBatch, signal: AbortSignal) {
    this.#succeeded();
    this.#log.warn("A batch was refused and is sent again in halves: {reason}", { reason });
    if (status === 413) this.#size.tooLarge(batch.bytes);
    for (const half of await this.#deps.source.halve(batch) ?? []) {
      await this.#deliver(half, signal);
    }
  }

  /** The answer is final; only the disk can stand in the way, and it may come back. */
  async #settle(batch: B, outcome: Exclude<EventsOutcome, { kind: "retry" }>, signal: AbortSignal) {
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

  async #record(batch: B, outcome: Exclude<EventsOutcome, { kind: "retry" }>): Promise<void> {
    if (outcome.kind === "done") {
      this.#size.accepted();
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
    if (this.#outage.end()) this.#wakeup.wake();
  }

  async #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    await this.#deps.clock.sleep(durationMs, signal);
  }
}
