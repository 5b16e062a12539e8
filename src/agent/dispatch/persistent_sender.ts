/**
 * Sends a batch again and again, unchanged, until the server has received or refused it. Batches that fail together wait together.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import { messageOf } from "../../shared/errors.ts";
import type { EventsOutcome, RetryOutcome } from "../../shared/protocol/exchange.ts";
import { BatchGoneError } from "../../shared/protocol/stored_events.ts";
import type { CompressionTrial } from "./compression_trial.ts";
import type { Doubts } from "./doubts.ts";
import type { InFlightLimit, Place } from "./in_flight_limit.ts";
import type { OpenWaits } from "./open_waits.ts";
import { type Outage, refusedByServer } from "./outage.ts";
import { SmallProbe } from "./small_probe.ts";
import type { DispatchBatch, DispatcherDeps, SendContext } from "./types.ts";

/** An answer that is final for its batch. */
export type Answered = Exclude<EventsOutcome, { kind: "retry" }>;

/** What the batches of a stream share. */
interface SenderParts<B extends DispatchBatch> {
  deps: DispatcherDeps<B>;
  log: Logger;
  outage: Outage;
  limit: InFlightLimit;
  waits: OpenWaits;
  doubts: Doubts;
  compression: CompressionTrial;
}

/** How a batch is sent until it is answered. */
interface SendingContext extends SendContext {
  /** Called after each try that failed and is repeated. */
  onFailure?: () => void;
}

/** Sends batches of one stream, side by side. */
export class PersistentSender<B extends DispatchBatch> {
  readonly #parts: SenderParts<B>;
  readonly #probe = new SmallProbe((signal) => this.askWithoutEvents(signal));
  /** Batches of events that were not sent before. */
  readonly #untried = new WeakSet<B>();
  #retries = 0;

  constructor(parts: SenderParts<B>) {
    this.#parts = parts;
  }

  /** Tries after the first of the same events, since the start. */
  get retries(): number {
    return this.#retries;
  }

  /** The events of a batch were not sent before. */
  isNew(batch: B): void {
    this.#untried.add(batch);
  }

  /**
   * Sends a batch until it is received, or a refusal stands: of a batch that was tried without an answer only after the server was asked
   * what became of it.
   */
  async untilAnswered(batch: B, { onFailure, ...context }: SendingContext): Promise<Answered> {
    for (;;) {
      const outcome = await this.#try(batch, context);
      if (outcome.kind === "done") return outcome;
      if (outcome.kind === "retry") {
        onFailure?.();
        continue;
      }
      const resolution = await this.#parts.doubts.resolve(batch, outcome, context.signal);
      if (resolution.kind === "received") return { kind: "done", status: resolution.status };
      if (resolution.kind === "refused") {
        if (resolution.doubled) await this.#noteDouble(batch, "a try was not answered");
        // Its parts are sent again, those that were taken among them.
        else if (outcome.partly && batch.events > 1) {
          await this.#noteDouble(batch, "the server took a part and did not say which");
        }
        return outcome;
      }
      this.#parts.outage.begin(resolution);
    }
  }

  async #try(batch: B, context: SendContext) {
    const place = await this.#takePlace(context.signal);
    let outcome: EventsOutcome | undefined;
    try {
      outcome = await this.#ifStillRefused(batch, context.signal) ??
        await this.#send(batch, context);
      // Another dispatcher, or the next process, may be at the batch already: only that it was received is certain still.
      if (outcome.kind !== "done") context.signal.throwIfAborted();
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof BatchGoneError) throw error;
      outcome = { kind: "retry", reason: messageOf(error) };
    } finally {
      outcome = outcome && this.#asRefusalOfCompression(batch, outcome);
      // Before the place is free: whoever takes it must know of the failure.
      if (outcome !== undefined && outcome.kind !== "done") this.#noteFailure(batch, outcome);
      const kinds = { retry: "failed", done: "answered", give_up: "answered" } as const;
      this.#parts.limit.giveBack(place, outcome === undefined ? "unused" : kinds[outcome.kind]);
    }
    return outcome;
  }

  async #send(batch: B, context: SendContext): Promise<EventsOutcome> {
    const body = this.#parts.deps.source.body(batch);
    if (!this.#untried.delete(batch)) this.#retries++;
    let sends = 0;
    const onSend = () => {
      if (++sends > 1) this.#retries++;
    };
    const outcome = await this.#parts.waits.request(
      `an answer to batch ${batch.id}`,
      () => this.#parts.deps.send(batch, body, { ...context, onSend }),
    );
    this.#probe.note(outcome);
    return outcome;
  }

  /** What the server says to a request without events, when it has refused everything and does so still. */
  async #ifStillRefused(batch: B, signal: AbortSignal): Promise<RetryOutcome | undefined> {
    if (!this.#probe.isDue(batch)) return undefined;
    const refusal = await this.#probe.refusal(signal);
    if (refusal !== undefined) this.#retries++;
    return refusal;
  }

  /** What the server says to a request without events; `undefined` when that cannot be known. */
  async askWithoutEvents(signal: AbortSignal): Promise<EventsOutcome | undefined> {
    const { probe } = this.#parts.deps;
    return probe &&
      await this.#parts.waits.request("an answer without events", () => probe(signal));
  }

  #noteFailure(batch: B, outcome: Exclude<EventsOutcome, { kind: "done" }>): void {
    this.#parts.outage.count();
    if (outcome.kind === "give_up") return;
    const { reason, tokenRefused } = outcome;
    this.#parts.outage.begin({
      ...outcome,
      reason: tokenRefused ? refusedByServer(reason) : reason,
      refused: tokenRefused === true,
    });
    if (outcome.unanswered) this.#parts.doubts.add(batch);
  }

  /** What another encoding may mend is not waited for. */
  #asRefusalOfCompression(batch: B, outcome: EventsOutcome): EventsOutcome {
    if (outcome.kind !== "retry" || !this.#parts.compression.isRefusal(batch, outcome)) {
      return outcome;
    }
    const { status = 0, reason } = outcome;
    return { kind: "give_up", status, reason };
  }

  /** Takes a place once nobody has to wait for the server any more. */
  async #takePlace(signal: AbortSignal): Promise<Place> {
    for (;;) {
      const { waitMs } = this.#parts.outage;
      if (waitMs > 0) await this.#parts.waits.pause(waitMs, signal);
      const place = await this.#parts.limit.take(signal);
      if (this.#parts.outage.waitMs <= 0) return place;
      this.#parts.limit.giveBack(place, "unused");
    }
  }

  async #noteDouble(batch: B, why: string): Promise<void> {
    try {
      await this.#parts.deps.source.noteDouble(batch, `perhaps received twice: ${why}`);
    } catch (error) {
      this.#parts.log.error("Cannot note a possible double: {reason}", {
        reason: messageOf(error),
      });
    }
  }
}
