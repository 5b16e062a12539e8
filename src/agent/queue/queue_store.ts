/**
 * What the queue does inside a transaction. Every method is called with one open, changes nothing but the database, and may be run again after
 * a rollback.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";
import type { Stream } from "../../shared/protocol/wire.ts";
import { AccountStore } from "./account_store.ts";
import { keptEvents, rangesWithout, splitEvents } from "./batch_events.ts";
import { BatchStore } from "./batch_store.ts";
import { CheckpointStore } from "./checkpoint_store.ts";
import { type Chunk, ChunkStore } from "./chunk_store.ts";
import { DeadLetters } from "./dead_letters.ts";
import { LossLedger } from "./loss_ledger.ts";
import {
  type AppendGroup,
  type Batch,
  type BatchLimits,
  type LossEntry,
  type OpenTransaction,
} from "./types.ts";
import { NO_EVENT_AFTER, rangeOf, UnclaimedEvents } from "./unclaimed_events.ts";
import type { RefusedEvent } from "../../shared/protocol/exchange.ts";
import {
  answeredEvents,
  type BatchAnswer,
  type SettleOptions,
  type StoreOptions,
} from "./settling.ts";
import type {
  Amount,
  BatchEncoding,
  EventRange,
  Waiting,
} from "../../shared/protocol/stored_events.ts";

/** What a new batch is made with. */
export interface ClaimRequest {
  id: string;
  stream: Stream;
  limits: BatchLimits;
  encoding: BatchEncoding;
  agent_line: string;
  now_ms: number;
  /** Claim only events of this range. @default every event that no batch has claimed */
  within?: EventRange;
}

/** The transactional half of the queue. */
export class QueueStore {
  readonly accounts: AccountStore;
  readonly batches: BatchStore;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetters;
  readonly losses: LossLedger;
  readonly unclaimed: UnclaimedEvents;
  readonly #database: DatabaseSync;
  readonly #chunks: Record<Stream, ChunkStore>;

  constructor(database: DatabaseSync, options: { maxDeadLetterBytes: number }) {
    this.#database = database;
    this.accounts = new AccountStore(database);
    this.batches = new BatchStore(database);
    this.checkpoints = new CheckpointStore(database);
    this.deadLetters = new DeadLetters(database, options.maxDeadLetterBytes);
    this.losses = new LossLedger(database);
    this.#chunks = {
      stateless: new ChunkStore(database, "stateless"),
      stateful: new ChunkStore(database, "stateful"),
    };
    this.unclaimed = new UnclaimedEvents(this.#chunks, this.batches);
  }

  /** Stores a group: events, checkpoints and losses together. */
  append(group: AppendGroup, nowMs: number, limits: BatchLimits): EventRange {
    const stored = this.#chunks[group.stream].append(group.events, nowMs, limits);
    this.accounts.add(group.stream, "taken", stored);
    // In the same transaction: checkpoints that move without their events would lose them.
    this.#recordAround(group, { nowMs, limits });
    return { first_event: stored.first_event, last_event: stored.last_event };
  }

  /** Takes a group in without its events: they are dropped, and everything about them is recorded. */
  dropNewest(group: AppendGroup, amount: Amount, how: StoreOptions): void {
    // Taken and dropped at once, so that the account still tells what came.
    this.accounts.add(group.stream, "taken", amount);
    this.#drop(group.stream, amount, { reason: "queue full: newest dropped", nowMs: how.nowMs });
    this.#recordAround(group, how);
  }

  /** What may be done in the transaction that is open. */
  openTransaction({ nowMs, limits }: StoreOptions): OpenTransaction {
    return {
      database: this.#database,
      append: (group) => this.append(group, nowMs, limits),
      stored: (stream) => this.accounts.get(stream).queued.events,
    };
  }

  /** Drops the oldest events of a stream that no batch has claimed, chunk by chunk, until `excess` is gone. */
  dropOldest(stream: Stream, excess: Amount, nowMs: number): void {
    const dropped = { events: 0, bytes: 0 };
    // Collected first: deleting under an open cursor would leave it where nobody knows.
    const oldest: Chunk[] = [];
    for (const chunk of this.unclaimed.chunks(stream)) {
      if (dropped.events >= excess.events && dropped.bytes >= excess.bytes) break;
      oldest.push(chunk);
      dropped.events += chunk.events;
      dropped.bytes += chunk.bytes;
    }
    for (const chunk of oldest) {
      this.#chunks[stream].delete(rangeOf(chunk));
      // A notice of an earlier loss may be among what is dropped: then that loss has to be told again.
      if (stream === "stateless") this.losses.noticesLost(rangeOf(chunk), nowMs);
    }
    if (dropped.events > 0) {
      this.#drop(stream, dropped, { reason: "queue full: oldest dropped", nowMs });
    }
  }

  /** Makes a batch of the oldest unclaimed events; `undefined` when there are none. */
  claim(request: ClaimRequest): Batch | undefined {
    const { stream, limits } = request;
    const [oldest] = this.unclaimed.chunks(stream, request.within);
    if (oldest === undefined) return undefined;
    if (
      oldest.events > limits.max_events || (oldest.bytes > limits.max_bytes && oldest.events > 1)
    ) {
      // Limits may have been lowered since the chunk was stored, or the server takes less than it did.
      this.#chunks[stream].split(oldest, limits);
    }
    const range = this.unclaimed.nextRange(request);
    if (range === undefined) return undefined;
    const batch: Batch = {
      id: request.id,
      stream,
      ...range,
      encoding: request.encoding,
      agent_line: request.agent_line,
      created_ms: request.now_ms,
    };
    this.batches.insert(batch);
    return batch;
  }

  /** The stored events of a stream. */
  chunks(stream: Stream): ChunkStore {
    return this.#chunks[stream];
  }

  /**
   * The lines of a batch's events.
   *
   * @throws {DamagedEventsError} when they are not what was stored
   */
  lines(batch: Batch): Uint8Array[] {
    return this.#chunks[batch.stream].lines(batch);
  }

  /**
   * Settles a batch that was received: removes its events, but for those that are to be sent again, which wait once more under their own
   * numbers. Returns the numbers that are settled; `undefined` when the batch was settled before.
   */
  acknowledge(batch: Batch, answer: BatchAnswer, how: SettleOptions): EventRange[] | undefined {
    if (this.batches.get(batch.id) === undefined) return undefined;
    const { nowMs, onAnswered } = how;
    const { refused = [], again = [], existing = [] } = answer;
    const single = refused.length > 0 || again.length > 0 || existing.length > 0
      ? splitEvents(batch.stream, Buffer.concat(this.lines(batch)))
      : [];
    // Before the events are removed: the letters are made of their lines.
    const buried = this.#buryEvents(batch, { events: single, refused }, nowMs);
    const kept = keptEvents(single, batch.first_event, again);
    if (batch.stream === "stateless") this.losses.noticesAcknowledged(batch);
    this.accounts.add(batch.stream, "dead_lettered", buried);
    this.#countAcknowledged(batch, [buried, ...kept]);
    this.#remove(batch);
    // After the removal, since they keep their numbers.
    for (const events of kept) this.#chunks[batch.stream].putBack(events, batch.created_ms);
    if (buried.events > 0) this.#trimDeadLetters(batch.stream, nowMs);
    if (batch.stream === "stateful" && refused.length + existing.length > 0) {
      onAnswered?.(answeredEvents(single, { refused, existing }), this.openTransaction(how));
    }
    return rangesWithout(batch, kept);
  }

  /** Moves a batch that was refused to the dead letters. False when it was settled before. */
  setAside(
    batch: Batch,
    { status, reason }: { status: number; reason: string },
    how: SettleOptions,
  ): boolean {
    if (this.batches.get(batch.id) === undefined) return false;
    const { id: batch_id, stream, events, bytes } = batch;
    const at_ms = how.nowMs;
    // A damaged event is kept as it is: somebody may still read from it what it was.
    const lines = Buffer.concat(this.#chunks[stream].uncheckedLines(batch));
    // First, so that the letter takes the place of the events, also when the disk is full.
    this.#remove(batch);
    this.deadLetters.insert({ batch_id, stream, events, bytes, status, reason, at_ms, lines });
    this.accounts.add(stream, "dead_lettered", batch);
    if (stream === "stateless") this.losses.noticesLost(batch, at_ms);
    this.#trimDeadLetters(stream, at_ms);
    if (stream === "stateful") {
      const refused = splitEvents(stream, lines)
        .map((event) => ({ lines: event, status, reason, whole: true }));
      how.onAnswered?.({ refused, existing: [] }, this.openTransaction(how));
    }
    return true;
  }

  /** Dissolves a batch: its events wait again, to be claimed under another id. False when it was settled before. */
  release(batch: Batch): boolean {
    if (this.batches.get(batch.id) === undefined) return false;
    this.batches.delete(batch.id);
    return true;
  }

  /** Replaces a batch by one of the same events under another id and in another encoding; `undefined` when it was settled before. */
  promiseAnew(batch: Batch, change: Pick<Batch, "id" | "encoding">): Batch | undefined {
    if (!this.release(batch)) return undefined;
    const anew = { ...batch, ...change };
    this.batches.insert(anew);
    return anew;
  }

  /** Replaces a batch of several events by one for each half of them, in order; `undefined` when it was settled before. */
  halve(batch: Batch, ids: readonly [string, string]): [Batch, Batch] | undefined {
    if (this.batches.get(batch.id) === undefined || batch.events < 2) return undefined;
    const chunks = this.#chunks[batch.stream];
    // By number of events, not bytes: the one at fault is found in the fewest tries.
    const middle = batch.first_event + Math.floor(batch.events / 2) - 1;
    chunks.cutAfter(middle);
    this.batches.delete(batch.id);
    const half = (id: string, range: EventRange): Batch => {
      const part = { ...batch, ...range, id, ...chunks.amount(range) };
      this.batches.insert(part);
      return part;
    };
    return [
      half(ids[0], { first_event: batch.first_event, last_event: middle }),
      half(ids[1], { first_event: middle + 1, last_event: batch.last_event }),
    ];
  }

  /** Events of a stream, or of a range of it, that no batch has claimed. */
  waiting(stream: Stream, within?: EventRange): Waiting {
    if (within !== undefined) return this.unclaimed.waiting(stream, within);
    const { queued } = this.accounts.get(stream);
    // From the account, not from the rows: this is asked before every claim, however long the queue is.
    const waiting = { ...queued };
    for (const batch of this.batches.list(stream)) {
      waiting.events -= batch.events;
      waiting.bytes -= batch.bytes;
    }
    const [oldest] = waiting.events > 0 ? this.unclaimed.chunks(stream) : [];
    return { ...waiting, oldest_ms: oldest?.created_ms };
  }

  /** Numbers of the oldest event of a stream (one more than the newest when it is empty), and of the newest ever stored. */
  queuedNumbers(stream: Stream): { oldest: number; newest: number } {
    const newest = this.#chunks[stream].newestEvent();
    const [oldest] = this.#chunks[stream].list(0, Number.MAX_SAFE_INTEGER);
    return { oldest: oldest ? oldest.last_event - oldest.events + 1 : newest + 1, newest };
  }

  /** When the oldest event of a stream was stored, claimed or not. */
  oldestMs(stream: Stream): number | undefined {
    for (const chunk of this.#chunks[stream].list(0, NO_EVENT_AFTER)) return chunk.created_ms;
    return undefined;
  }

  /** What both streams hold together. */
  queued(): Amount {
    return this.accounts.queued();
  }

  /** Stores one event for each loss that nobody has been told of yet; returns those losses. */
  announceLosses(
    encode: (loss: LossEntry) => string,
    nowMs: number,
    limits: BatchLimits,
  ): LossEntry[] {
    const losses = this.losses.open(limits.max_events, nowMs);
    if (losses.length === 0) return [];
    const group = { stream: "stateless", events: losses.map(encode) } as const;
    this.losses.noticesQueued(losses, this.append(group, nowMs, limits).first_event);
    return losses;
  }

  #recordAround(
    { stream, checkpoints = [], losses = [], write }: AppendGroup,
    { nowMs, limits }: StoreOptions,
  ): void {
    // First: when a module's own rows cannot be written, nothing of the group is stored.
    write?.(this.#database, this.openTransaction({ nowMs, limits }));
    this.checkpoints.apply(checkpoints);
    for (const loss of losses) {
      this.accounts.add(stream, "taken", loss);
      this.accounts.add(stream, "dropped", loss);
      this.losses.record({ stream, ...loss }, nowMs);
    }
  }

  #drop(stream: Stream, amount: Amount, why: { reason: string; nowMs: number }): void {
    this.accounts.add(stream, "dropped", amount);
    this.losses.record({ stream, ...amount, reason: why.reason, detail: "" }, why.nowMs);
  }

  /** Copies single events of a batch to the dead letters; returns how much that was. */
  #buryEvents(
    { id: batch_id, stream }: Batch,
    { events, refused }: { events: readonly Uint8Array[]; refused: readonly RefusedEvent[] },
    at_ms: number,
  ): Amount {
    const total = { events: 0, bytes: 0 };
    for (const { index, status, reason } of refused) {
      const lines = events[index];
      if (lines === undefined) continue;
      const amount = { events: 1, bytes: lines.length };
      this.deadLetters.insert({ batch_id, stream, ...amount, status, reason, at_ms, lines });
      total.events++;
      total.bytes += lines.length;
    }
    return total;
  }

  #countAcknowledged({ stream, events, bytes }: Batch, others: readonly Amount[]): void {
    const acknowledged = { events, bytes };
    for (const other of others) {
      acknowledged.events -= other.events;
      acknowledged.bytes -= other.bytes;
    }
    this.accounts.add(stream, "acknowledged", acknowledged);
  }

  #trimDeadLetters(stream: Stream, nowMs: number): void {
    const trimmed = this.deadLetters.trim();
    if (trimmed.events === 0) return;
    this.losses.record({ stream, ...trimmed, reason: "dead letters full", detail: "" }, nowMs);
  }

  #remove(batch: Batch): void {
    this.#chunks[batch.stream].delete(batch);
    this.batches.delete(batch.id);
  }
}
