/**
 * Brings single batches of one stream to their end: sends them until they are answered, and settles them by the answer.
 *
 * A refusal is only believed once it is certain what it is about: not the compression, not a batch that the server has already
 * ({@linkcode Doubts}), not a fault of the server ({@linkcode RefusalSearch}).
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import { messageOf } from "../../shared/errors.ts";
import type { EventsOutcome } from "../../shared/protocol/exchange.ts";
import { BatchGoneError } from "../../shared/protocol/stored_events.ts";
import { sentStates } from "../../shared/protocol/stateful_headers.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { BatchSizeLimit } from "./batch_size_limit.ts";
import { CompressionTrial } from "./compression_trial.ts";
import { Doubts } from "./doubts.ts";
import { InFlightLimit, type Place } from "./in_flight_limit.ts";
import { OpenWaits } from "./open_waits.ts";
import { Outage } from "./outage.ts";
import type { Refusal } from "./refusal.ts";
import { RefusalSearch, type SearchSteps } from "./refusal_search.ts";
import type { DispatchBatch, DispatcherDeps, ReceivedAnswer, SendContext } from "./types.ts";

/** An answer that is final for its batch. */
type Answered = Exclude<EventsOutcome, { kind: "retry" }>;

/** What a {@linkcode Deliverer} is built with. */
interface DelivererOptions<B extends DispatchBatch> {
  stream: Stream;
  deps: DispatcherDeps<B>;
  maxInFlight: () => number;
  log: Logger;
  /** Called when a failure is over. */
  onRecovery: () => void;
}

/** Until when a batch is delivered. */
interface DeliveryContext {
  signal: AbortSignal;
  onAnswer: () => void;
}

/** Delivers batches of one stream, side by side. */
export class Deliverer<B extends DispatchBatch> {
  readonly outage: Outage;
  readonly limit: InFlightLimit;
  readonly size = new BatchSizeLimit();
  /** What deliveries wait for now. */
  readonly waits: OpenWaits;
  readonly #deps: DispatcherDeps<B>;
  readonly #log: Logger;
  readonly #onRecovery: () => void;
  readonly #doubts: Doubts;
  readonly #compression: CompressionTrial;
  readonly #search: RefusalSearch<B>;
  /** That of the run, for a search that outlives the delivery which began it. */
  #signal = new AbortController().signal;
  #retries = 0;

  constructor({ stream, deps, maxInFlight, log, onRecovery }: DelivererOptions<B>) {
    this.#deps = deps;
    this.#log = log;
    this.#onRecovery = onRecovery;
    this.outage = new Outage({ ...deps, log });
    this.limit = new InFlightLimit(maxInFlight, deps.clock);
    this.waits = new OpenWaits(deps.clock);
    const { askFate } = deps;
    this.#doubts = new Doubts(
      askFate &&
        ((id, signal) => this.waits.request(`the fate of ${id}`, () => askFate(id, signal))),
    );
    this.#compression = deps.compression ?? new CompressionTrial();
    this.#search = new RefusalSearch({
      steps: this.#searchSteps(stream),
      ordered: stream === "stateful",
    });
  }

  /** Tries after the first, since the start. */
  get retries(): number {
    return this.#retries;
  }

  /** True while a refusal is looked into: nothing else is sent. */
  get searching(): boolean {
    return this.#search.active;
  }

  /** A batch of an earlier process: whether it was sent nobody knows. */
  doubt(batch: B): void {
    this.#doubts.add(batch);
  }

  /** Tries until the batch is settled; `onAnswer` is called when only the disk can still stand in the way. */
  async deliver(batch: B, { signal, onAnswer }: DeliveryContext): Promise<void> {
    this.#signal = signal;
    const outcome = await this.#untilAnswered(batch, { signal });
    if (outcome.kind === "give_up") return await this.#refused(batch, outcome, signal);
    onAnswer();
    await this.#settle(batch, outcome, signal);
  }

  /**
   * Sends a batch until it is received, or a refusal stands: of a batch that was tried without an answer only after the server was asked
   * what became of it.
   */
  async #untilAnswered(batch: B, context: SendContext): Promise<Answered> {
    for (let tries = 1;; tries++) {
      const outcome = await this.#try(batch, { ...context, tries });
      if (outcome.kind === "done") return outcome;
      if (outcome.kind === "give_up") {
        const resolution = await this.#doubts.resolve(batch, outcome, context.signal);
        if (resolution.kind === "received") return { kind: "done", status: resolution.status };
        if (resolution.kind === "refused") {
          if (resolution.doubled) await this.#noteDouble(batch);
          return outcome;
        }
        this.outage.begin(resolution, tries);
      }
      this.#retries++;
    }
  }

  async #try(batch: B, { tries, ...context }: SendContext & { tries: number }) {
    const place = await this.#takePlace(context.signal);
    let outcome: EventsOutcome | undefined;
    try {
      const body = this.#deps.source.body(batch);
      outcome = await this.waits.request(
        `an answer to batch ${batch.id}`,
        () => this.#deps.send(batch, body, context),
      );
      // Another dispatcher, or the next process, may be at the batch already: only that it was received is certain still.
      if (outcome.kind !== "done") context.signal.throwIfAborted();
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof BatchGoneError) throw error;
      outcome = { kind: "retry", reason: messageOf(error) };
    } finally {
      outcome = outcome && this.#asRefusalOfCompression(batch, outcome);
      // Before the place is free: whoever takes it must know of the failure.
      if (outcome?.kind === "retry") this.outage.begin(outcome, tries);
      if (outcome?.kind === "retry" && outcome.unanswered) this.#doubts.add(batch);
      const kinds = { retry: "failed", done: "answered", give_up: "answered" } as const;
      this.limit.giveBack(place, outcome === undefined ? "unused" : kinds[outcome.kind]);
    }
    return outcome;
  }

  /** What another encoding may mend is not waited for. */
  #asRefusalOfCompression(batch: B, outcome: EventsOutcome): EventsOutcome {
    if (outcome.kind !== "retry" || !this.#compression.isRefusal(batch, outcome)) return outcome;
    // A fault in the middle of taking the batch in, such as 500, leaves a doubt.
    if (outcome.unanswered) this.#doubts.add(batch);
    const { status = 0, reason } = outcome;
    return { kind: "give_up", status, reason };
  }

  /** Takes a place once nobody has to wait for the server any more. */
  async #takePlace(signal: AbortSignal): Promise<Place> {
    for (;;) {
      const { waitMs } = this.outage;
      if (waitMs > 0) await this.#pause(waitMs, signal);
      const place = await this.limit.take(signal);
      if (this.outage.waitMs <= 0) return place;
      this.limit.giveBack(place, "unused");
    }
  }

  /** Tries without compression if that may be the reason, else finds the events at fault, so that the others still arrive. */
  async #refused(batch: B, refusal: Refusal, signal: AbortSignal): Promise<void> {
    this.outage.end() && this.#onRecovery();
    if (!this.#compression.isRefusal(batch, refusal)) return await this.#searchIn(batch, refusal);
    this.#log.warn("A compressed batch was refused and is sent again uncompressed: {reason}", {
      reason: refusal.reason,
    });
    const plain = await this.#deps.source.promiseAnew(batch, "identity");
    if (plain === undefined) return;
    const outcome = await this.#untilAnswered(plain, { signal });
    if (outcome.kind === "give_up") return await this.#searchIn(plain, outcome);
    this.#compression.isUnknown();
    this.#log.warn("The server takes no compressed batches; none is compressed from now on");
    await this.#settle(plain, outcome, signal);
  }

  async #searchIn(batch: B, refusal: Refusal): Promise<void> {
    this.#log.warn("A batch was refused, and what is wrong with it is looked for: {reason}", {
      reason: refusal.reason,
      events: batch.events,
    });
    await this.#search.add(batch, refusal);
  }

  #searchSteps(stream: Stream): SearchSteps<B> {
    const { source, probe } = this.#deps;
    return {
      send: async (batch, how) => {
        const outcome = await this.#untilAnswered(batch, { ...how, signal: this.#signal })
          .catch(nothingLeft);
        if (outcome.kind === "done") await this.#settle(batch, outcome, this.#signal);
        return outcome;
      },
      halve: async (batch, { status }) => {
        if (status === 413) this.size.tooLarge(batch.bytes);
        return await this.#untilWritten(() => source.halve(batch), this.#signal);
      },
      setAside: (batch, refusal) => this.#settle(batch, refusal, this.#signal),
      claimOne: () => this.#untilWritten(() => source.claim(stream, 1), this.#signal),
      backOff: (refusal) => this.#backOff(refusal, this.#signal),
      probe: async () =>
        probe && await this.waits.request("an answer without events", () => probe(this.#signal)),
      mayOvertake: (batch, older) => haveNothingInCommon(source.body(batch), source.body(older)),
    };
  }

  async #backOff({ reason }: Refusal, signal: AbortSignal): Promise<void> {
    this.outage.begin({ reason: `refused by the server: ${reason}` }, 1);
    await this.#pause(Math.max(0, this.outage.waitMs), signal);
  }

  async #noteDouble(batch: B): Promise<void> {
    try {
      await this.#deps.source.noteDouble(batch, "perhaps received twice: a try was not answered");
    } catch (error) {
      this.#log.error("Cannot note a possible double: {reason}", { reason: messageOf(error) });
    }
  }

  /** The answer is final; only the disk can stand in the way, and it may come back. */
  async #settle(batch: B, outcome: Answered, signal: AbortSignal) {
    const passing = outcome.kind === "done" &&
      outcome.again?.find(({ operation }) => operation === undefined);
    if (!passing) this.outage.end() && this.#onRecovery();
    await this.#untilWritten(() => this.#record(batch, outcome), signal);
    this.#doubts.forget(batch);
    if (passing) this.outage.begin(passing, 1);
  }

  async #untilWritten<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.#log.error("Cannot write what became of a batch: {reason}", {
          reason: messageOf(error),
        });
        await this.#pause(this.#deps.retryWaits.next(), signal);
      }
    }
  }

  async #record(batch: B, outcome: Answered): Promise<void> {
    if (outcome.kind === "done") {
      this.size.accepted();
      if (batch.encoding !== "identity") this.#compression.works();
      const { kind: _, ...answer } = outcome;
      this.#log.debug("A batch was received", { batch_id: batch.id, status: answer.status });
      this.#logSingleEvents(batch, answer);
      return await this.#deps.source.acknowledge(batch, answer);
    }
    const { status, reason } = outcome;
    this.#log.error("Refused events are set aside: {reason}", { reason, events: batch.events });
    await this.#deps.source.setAside(batch, { status, reason });
  }

  #logSingleEvents({ id: batch_id }: B, { refused = [], again = [] }: ReceivedAnswer): void {
    if (refused.length > 0) {
      this.#log.error("Events of a batch were refused and set aside: {reason}", {
        reason: refused[0]?.reason,
        events: refused.length,
        batch_id,
      });
    }
    if (again.length > 0) {
      this.#log.info("Events of a batch are sent again: {reason}", {
        reason: again[0]?.reason,
        events: again.length,
        batch_id,
      });
    }
  }

  async #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    await this.waits.pause(durationMs, signal);
  }
}

/** A part of a refused batch that is gone needs no further search. */
function nothingLeft(error: unknown): Answered {
  if (error instanceof BatchGoneError) return { kind: "done", status: 0 };
  throw error;
}

/** Whether two requests are about different states: then their order does not matter. */
function haveNothingInCommon(one: Uint8Array, other: Uint8Array): boolean {
  const ids = new Set(sentStates(other).map(({ id }) => id));
  return !sentStates(one).some(({ id }) => ids.has(id));
}
