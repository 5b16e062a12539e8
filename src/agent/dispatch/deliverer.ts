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
import { BatchGoneError } from "../../shared/protocol/stored_events.ts";
import { sentStates } from "../../shared/protocol/stateful_headers.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { BatchSizeLimit } from "./batch_size_limit.ts";
import { CompressionTrial } from "./compression_trial.ts";
import { Doubts } from "./doubts.ts";
import { InFlightLimit } from "./in_flight_limit.ts";
import { OpenWaits } from "./open_waits.ts";
import { Outage, refusedByServer } from "./outage.ts";
import { type Answered, PersistentSender } from "./persistent_sender.ts";
import type { Refusal } from "./refusal.ts";
import { RefusalSearch, type SearchSteps, type Sent } from "./refusal_search.ts";
import type { DispatchBatch, DispatcherDeps, ReceivedAnswer } from "./types.ts";

/** What a {@linkcode Deliverer} is built with. */
interface DelivererOptions<B extends DispatchBatch> {
  stream: Stream;
  deps: DispatcherDeps<B>;
  maxInFlight: () => number;
  log: Logger;
  /** Called when a failure is over. */
  onRecovery: () => void;
  /** Called with a batch that is made here, to look into a refusal. */
  onClaim: (batch: B) => void;
}

/** A batch, and why it was refused. */
interface Refused<B> {
  batch: B;
  refusal: Refusal;
}

const TOO_LARGE = 413;
/** Of the first batch of the stateful stream: see `BatchSizeLimit`. */
const FIRST_STATEFUL_BYTES = 64 * 1024;

/** Until when a batch is delivered. */
interface DeliveryContext {
  signal: AbortSignal;
  onAnswer: () => void;
}

/** Delivers batches of one stream, side by side. */
export class Deliverer<B extends DispatchBatch> {
  readonly outage: Outage;
  readonly limit: InFlightLimit;
  readonly size: BatchSizeLimit;
  /** What deliveries wait for now. */
  readonly waits: OpenWaits;
  readonly #sender: PersistentSender<B>;
  readonly #deps: DispatcherDeps<B>;
  readonly #log: Logger;
  readonly #onRecovery: () => void;
  readonly #onClaim: (batch: B) => void;
  readonly #doubts: Doubts;
  readonly #compression: CompressionTrial;
  readonly #search: RefusalSearch<B>;
  /** That of the run, for a search that outlives the delivery which began it. */
  #signal = new AbortController().signal;

  constructor({ stream, deps, maxInFlight, log, onRecovery, onClaim }: DelivererOptions<B>) {
    this.#deps = deps;
    this.#log = log;
    this.size = new BatchSizeLimit(stream === "stateful" ? { beginsAt: FIRST_STATEFUL_BYTES } : {});
    this.#onRecovery = onRecovery;
    this.#onClaim = onClaim;
    this.outage = new Outage({ ...deps, log });
    this.limit = new InFlightLimit(maxInFlight, deps.clock);
    this.waits = new OpenWaits(deps.clock);
    this.#compression = deps.compression ?? new CompressionTrial();
    this.#doubts = new Doubts(deps.askFate, this.waits);
    this.#sender = new PersistentSender({
      deps,
      log,
      outage: this.outage,
      limit: this.limit,
      waits: this.waits,
      doubts: this.#doubts,
      compression: this.#compression,
    });
    this.#search = new RefusalSearch({
      steps: this.#searchSteps(stream),
      ordered: stream === "stateful",
    });
  }

  /** Tries after the first, since the start. */
  get retries(): number {
    return this.#sender.retries;
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
    this.#sender.isNew(batch);
    const outcome = await this.#sender.untilAnswered(batch, { signal });
    // Without `onAnswer`: a refused batch keeps its place until it is known what is wrong with it.
    if (outcome.kind === "give_up") return await this.#refused(batch, outcome, signal);
    onAnswer();
    await this.#settle(batch, outcome, signal);
  }

  /** Tries without compression if that may be the reason, else finds the events at fault, so that the others still arrive. */
  async #refused(batch: B, refusal: Refusal, signal: AbortSignal): Promise<void> {
    // One that comes while another is looked into says nothing new: the server may refuse everything.
    if (!this.searching) {
      this.outage.end() && this.#onRecovery();
      this.outage.count();
    }
    const left = await this.#tryUncompressed({ batch, refusal }, signal);
    if (left !== undefined) await this.#searchIn(left.batch, left.refusal);
  }

  /** Sends a batch once without compression if that may be why it was refused; what is refused still, or `undefined` when it is settled. */
  async #tryUncompressed(
    refused: Refused<B>,
    signal: AbortSignal,
  ): Promise<Refused<B> | undefined> {
    const { batch, refusal } = refused;
    if (!this.#compression.isRefusal(batch, refusal)) return refused;
    // Sent anew under another id, a batch that was stored after all would be there twice.
    if (await this.#hasArrived(batch, refusal, signal)) return undefined;
    this.#log.warn("A compressed batch was refused and is sent again uncompressed: {reason}", {
      reason: refusal.reason,
    });
    const plain = await this.#deps.source.promiseAnew(batch, "identity");
    // Somebody settled it meanwhile: a late answer to an earlier try.
    if (plain === undefined) return undefined;
    let failures = 0;
    const onFailure = () => failures++;
    const outcome = await this.#sender.untilAnswered(plain, { signal, onFailure });
    if (outcome.kind === "give_up") return { batch: plain, refusal: outcome };
    // A server that failed for the plain ones too, and works again, has proved nothing.
    if (failures === 0 || refusal.status === 415) this.#noteCompressionUnknown();
    await this.#settle(plain, outcome, signal);
    return undefined;
  }

  /** Only the proof counts, the same events taken plain: 400 and 500 are said for so much else. */
  #noteCompressionUnknown(): void {
    this.#compression.isUnknown();
    this.#log.warn("The server takes no compressed batches; none is compressed from now on");
  }

  /** A fault in the middle of taking a batch in may come after it was stored: under another id it would be stored twice. */
  async #hasArrived(batch: B, { status }: Refusal, signal: AbortSignal): Promise<boolean> {
    // A server that says whose fault it is has not stored anything.
    if (status < 500) return false;
    for (;;) {
      const fate = await this.#doubts.fate(batch, signal);
      if (fate.kind === "received") await this.#settle(batch, { ...fate, kind: "done" }, signal);
      if (fate.kind !== "retry") return fate.kind === "received";
      this.outage.begin(fate);
      await this.waits.pause(this.outage.waitMs, signal);
    }
  }

  /** What was claimed during the search may be compressed: that must be ruled out for it too. */
  async #refusedInSearch(batch: B, refusal: Refusal): Promise<Sent<B>> {
    const left = await this.#tryUncompressed({ batch, refusal }, this.#signal);
    if (left === undefined) return { batch, outcome: { kind: "done", status: 0 } };
    return { batch: left.batch, outcome: left.refusal };
  }

  async #searchIn(batch: B, refusal: Refusal): Promise<void> {
    this.#log.warn("A batch was refused, and what is wrong with it is looked for: {reason}", {
      reason: refusal.reason,
      events: batch.events,
    });
    await this.#search.add(batch, refusal);
  }

  #searchSteps(stream: Stream): SearchSteps<B> {
    const { source } = this.#deps;
    return {
      send: async (batch, how) => {
        const outcome = await this.#sender.untilAnswered(batch, { ...how, signal: this.#signal })
          .catch(nothingLeft);
        if (outcome.kind === "give_up") return await this.#refusedInSearch(batch, outcome);
        await this.#settle(batch, outcome, this.#signal);
        return { batch, outcome };
      },
      halve: async (batch, refusal) => {
        // Batches that are made from now on need not find that out one by one.
        if (refusal?.status === TOO_LARGE) this.size.tooLarge(batch.bytes);
        else this.size.suspect(batch.bytes);
        return await this.#untilWritten(() => source.halve(batch), this.#signal);
      },
      setAside: (batch, refusal) => this.#settle(batch, refusal, this.#signal),
      claimOne: async () => {
        const batch = await this.#untilWritten(() => source.claim(stream, 1), this.#signal);
        if (batch === undefined) return undefined;
        this.#sender.isNew(batch);
        this.#onClaim(batch);
        return batch;
      },
      backOff: (refusal) => this.#backOff(refusal, this.#signal),
      probe: () => this.#sender.askWithoutEvents(this.#signal),
      mayOvertake: (batch, older) => haveNothingInCommon(source.body(batch), source.body(older)),
    };
  }

  async #backOff({ reason, status }: Refusal, signal: AbortSignal): Promise<void> {
    // It was not the size: batches of single events would make the recovery slow.
    if (status === TOO_LARGE) this.size.forget();
    this.outage.begin({ reason: refusedByServer(reason), refused: true });
    await this.waits.pause(Math.max(0, this.outage.waitMs), signal);
  }

  /** The answer is final; only the disk can stand in the way, and it may come back. */
  async #settle(batch: B, outcome: Answered, signal: AbortSignal) {
    // Some events of the batch wait for something at the server: as a whole the stream is no better off than before.
    const passing = outcome.kind === "done" &&
      outcome.again?.find(({ operation }) => operation === undefined);
    if (!passing) this.outage.end() && this.#onRecovery();
    await this.#untilWritten(() => this.#record(batch, outcome), signal);
    this.#doubts.forget(batch);
    if (!passing) return;
    this.outage.count();
    this.outage.begin(passing);
  }

  async #untilWritten<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.#log.error("Cannot write what became of a batch: {reason}", {
          reason: messageOf(error),
        });
        // A full or failing disk would otherwise be tried as fast as it fails.
        await this.waits.pause(this.#deps.retryWaits.next(), signal);
      }
    }
  }

  async #record(batch: B, outcome: Answered): Promise<void> {
    if (outcome.kind === "done") {
      this.size.accepted(batch.bytes);
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
}

/** A part of a refused batch that is gone needs no further search. */
function nothingLeft(error: unknown): Answered {
  if (error instanceof BatchGoneError) return { kind: "done", status: 0 };
  throw error;
}

/** Whether two requests are about different states: then their order does not matter. */
function haveNothingInCommon(one: Uint8Array, other: Uint8Array): boolean {
  // A lone header, a delete, has an id too: only the ids tell what an event is about.
  const ids = new Set(sentStates(other).map(({ id }) => id));
  return !sentStates(one).some(({ id }) => ids.has(id));
}
