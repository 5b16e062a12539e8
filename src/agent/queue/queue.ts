/**
 * The durable queue: every event between its source and the server's acknowledgement.
 *
 * - {@linkcode Queue.append} resolves only when its events are on disk.
 * - A batch is a promise: {@linkcode Queue.claim} writes its id, its range of events and its first line before it is sent, and
 *   {@linkcode Queue.body} gives the same bytes for it every time, also in the next process.
 * - {@linkcode Queue.acknowledge} removes the events and the batch in one transaction.
 * - What leaves in any other way is a dead letter or a loss, and counted.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";
import { v7 as uuidv7 } from "uuid";
import type { Stream } from "../../shared/protocol/wire.ts";
import { covers } from "./batch_events.ts";
import { isDamage } from "../../shared/sqlite/damage.ts";
import type { FoundDamage } from "./database.ts";
import type { DiskReport } from "./disk_space.ts";
import { foreignBatches, releaseForeign } from "./foreign_batches.ts";
import { GroupCommit } from "./group_commit.ts";
import { type AppendOptions, Intake } from "./intake.ts";
import { MendingFile } from "./mending_file.ts";
import { QueueFile } from "./queue_file.ts";
import { QueueMender } from "./queue_mender.ts";
import type { ClaimOptions, QueueLimits, QueueOptions, QueueTransaction } from "./queue_options.ts";
import type { QueueStore } from "./queue_store.ts";
import type { BatchAnswer } from "./settling.ts";
import { withdraw } from "./withdrawal.ts";
import type { AppendGroup, Batch, LossEntry, Settlement } from "./types.ts";
import {
  type Account,
  type Amount,
  type BatchEncoding,
  BatchGoneError,
  type EventRange,
  type Waiting,
} from "../../shared/protocol/stored_events.ts";

/** A queue this short leaves next to nothing to move when disk space is given back. */
const SHORT_QUEUE_BYTES = 8 * 1024 * 1024;

/** The durable queue over one database. One process at a time: the data folder's lock sees to that. */
export class Queue implements Disposable {
  readonly #file: MendingFile;
  #options: QueueOptions;
  readonly #commits: GroupCommit;
  readonly #intake: Intake;
  readonly #changeListeners = new Set<() => void>();
  readonly #settlementListeners = new Set<(settlement: Settlement) => void>();
  #closed = false;

  private constructor(file: QueueFile, options: QueueOptions) {
    this.#file = new MendingFile(file, options);
    this.#options = options;
    this.#commits = new GroupCommit(() => this.#file.current.database, {
      onCommit: () => this.#committed(),
      onFailure: (error) => {
        if (isDamage(error)) options.onDamage?.(error);
      },
      makeRoom: () => this.#file.current.makeRoom(),
      repair: (error) => this.#file.repair(error),
    });
    this.#intake = new Intake(options, {
      commits: this.#commits,
      store: () => this.#store,
      disk: file.disk,
      freeInFile: () => this.#file.current.freeBytes,
      logBytes: file.logBytes,
      now: options.now,
    });
    this.#intake.update(this.#store.queued());
  }

  /**
   * Opens the queue or makes it. Of a damaged one what can be read is kept, see {@linkcode Queue.damaged}.
   *
   * @throws {AgentError} `folder_unusable` or `failed`
   */
  static open(options: QueueOptions): Queue {
    return new Queue(QueueFile.open(options), options);
  }

  /**
   * Opens an existing queue only to look at it, also while an agent uses it.
   *
   * @throws {AgentError} `folder_unusable` or `failed`
   */
  static openReadOnly(options: QueueOptions): Queue {
    return new Queue(QueueFile.openReadOnly(options), options);
  }

  /**
   * Resolves once the group is on disk, with the numbers of its events; with `undefined` when it had none or the policy
   * dropped them. While the queue or the disk is full it waits under the policy `block`, and with `reserved` under every policy.
   *
   * @throws the signal's reason when aborted before the group was admitted; an error of SQLite when it cannot be stored
   */
  append(group: AppendGroup, options: AppendOptions = {}): Promise<EventRange | undefined> {
    return this.#intake.append(group, options);
  }

  /**
   * Runs `write` in a transaction of the queue's database, shared with other writes of this turn. It must change nothing but the
   * database: it may be run again after a rollback.
   *
   * @throws what `write` threw; then nothing of it is stored
   */
  transact<T>(write: (transaction: QueueTransaction) => T): Promise<T> {
    const { now, chunkLimits } = this.#options;
    return this.#commits.run(() =>
      write({
        ...this.#store.openTransaction({ nowMs: now(), limits: chunkLimits }),
        queued: (stream) => this.#store.queuedNumbers(stream),
        withdraw: (withdrawal) => withdraw(this.#store, withdrawal, now()).events,
      })
    );
  }

  /** Makes a batch of the oldest events that no batch has claimed; `undefined` when there are none. */
  claim(stream: Stream, options: ClaimOptions): Promise<Batch | undefined> {
    const id = this.#newBatchId();
    const now_ms = this.#options.now();
    const claim = () => this.#store.claim({ ...options, id, stream, now_ms });
    return this.#commits.run(() =>
      claim() ?? (this.#reconcile(stream, options) ? claim() : undefined)
    );
  }

  /**
   * The bytes of a batch's request: its agent line and its events. The same at every call.
   *
   * @throws {BatchGoneError} when the disk damaged events of it: it is dissolved, and what is left leaves in other batches
   */
  body(batch: Batch): Uint8Array {
    const lines = this.#file.read((store) => {
      if (store.batches.get(batch.id) === undefined) throw new BatchGoneError(batch.id);
      return store.lines(batch);
    });
    return Buffer.concat([Buffer.from(batch.agent_line), ...lines]);
  }

  /**
   * Settles a batch that the server received: removes its events, sets aside those that were refused singly, and lets those wait
   * that are to be sent again, in another batch.
   */
  async acknowledge(batch: Batch, answer: BatchAnswer & { status: number }): Promise<void> {
    const { status, refused = [] } = answer;
    const settled = await this.#commits.run(() =>
      this.#store.acknowledge(batch, answer, this.#settling)
    );
    for (const range of settled ?? []) {
      const part = { ...batch, ...range };
      const within = refused.filter(({ index }) => covers(range, batch.first_event + index));
      this.#tellSettled({ batch: part, outcome: "acknowledged", status, refused: within });
    }
  }

  /** Settles a batch that the server refused for good: moves its events to the dead letters. */
  async setAside(batch: Batch, refusal: { status: number; reason: string }): Promise<void> {
    const settled = await this.#commits.run(() =>
      this.#store.setAside(batch, refusal, this.#settling)
    );
    if (settled) this.#tellSettled({ batch, outcome: "dead_lettered", ...refusal, refused: [] });
  }

  /** Replaces a batch by one of the same events in another encoding, under an id of its own; on disk when it resolves. */
  promiseAnew(batch: Batch, encoding: BatchEncoding): Promise<Batch | undefined> {
    const id = this.#newBatchId();
    return this.#commits.run(() => this.#store.promiseAnew(batch, { id, encoding }));
  }

  /** Writes into the ledger that events of a stream may have been received twice. */
  noteDouble(stream: Stream, why: { reason: string; detail: string }): Promise<void> {
    const note = { stream, events: 0, bytes: 0, ...why };
    return this.#commits.run(() => this.#store.losses.record(note, this.#options.now()));
  }

  /**
   * Replaces a batch by two, one for each half of its events; both are on disk when it resolves. `undefined` when there is
   * nothing to halve.
   */
  halve(batch: Batch): Promise<[Batch, Batch] | undefined> {
    const ids = [this.#newBatchId(), this.#newBatchId()] as const;
    return this.#commits.run(() => this.#store.halve(batch, ids));
  }

  /**
   * Dissolves the batches that were made for another agent than `agentId`: that one is no more, and its events leave under the new
   * identity, in new batches. Resolves with their number.
   */
  async releaseForeign(agentId: string): Promise<number> {
    const foreign = this.#file.read((store) => foreignBatches(store, agentId));
    await this.#commits.run(() => releaseForeign(this.#store, foreign, this.#options.now()));
    return foreign.length;
  }

  /** The batches of a stream that are not settled, oldest first. After a start: those of the process before. */
  openBatches(stream: Stream): Batch[] {
    return this.#file.read((store) => store.batches.list(stream));
  }

  /** Events of a stream, or of a range of it, that no batch has claimed. */
  waiting(stream: Stream, within?: EventRange): Waiting {
    return this.#file.read((store) => store.waiting(stream, within));
  }

  /** Where every event of a stream is. */
  account(stream: Stream): Account {
    return this.#file.read((store) => store.accounts.get(stream));
  }

  /** Looks at tables that live beside the queue's own, between two transactions. It must change nothing. */
  look<T>(read: (database: DatabaseSync) => T): T {
    return this.#file.read(() => read(this.#file.current.database));
  }

  /** When the oldest event of a stream was stored, in milliseconds; `undefined` when the stream is empty. */
  oldestMs(stream: Stream): number | undefined {
    return this.#file.read((store) => store.oldestMs(stream));
  }

  /** The dead letters that are kept now. */
  deadLetters(): Amount {
    return this.#file.read((store) => store.deadLetters.kept());
  }

  /** The checkpoints of a collector: key to value. */
  checkpoints(collector: string): Map<string, string> {
    return this.#file.read((store) => store.checkpoints.of(collector));
  }

  /** What was wrong with the database last: when it was opened, or since. */
  get damaged(): FoundDamage | undefined {
    return this.#file.damaged;
  }

  /** True while an append waits for room. */
  get full(): boolean {
    return this.#intake.full;
  }

  /** Bound on what both streams hold together. */
  get max(): Amount {
    return this.#options.max;
  }

  /** The disk under the queue: `low` while it, not the queue's bounds, keeps events out. */
  get disk(): DiskReport {
    const { freeBytes, minFreeBytes, totalBytes } = this.#file.current.disk;
    return {
      low: this.#intake.diskFull,
      free_bytes: freeBytes,
      min_free_bytes: minFreeBytes,
      total_bytes: totalBytes,
    };
  }

  /** Looks at the disk now: lets in who has waited for it, and takes the reserve again that was given away. */
  checkDisk(): void {
    this.#intake.checkDisk();
    this.#file.current.keepReserve();
  }

  /**
   * Stores an event for each loss that nobody was told of, in the room kept for what matters. A loss is closed once that event is
   * acknowledged; should the event be lost too, the loss is announced again.
   */
  async announceLosses(encode: (loss: LossEntry) => string): Promise<LossEntry[]> {
    const { now, chunkLimits } = this.#options;
    if (this.#file.read((store) => store.losses.open(1, now())).length === 0) return [];
    return await this.#commits.run(() => this.#store.announceLosses(encode, now(), chunkLimits));
  }

  /**
   * Gives a step's worth of disk space back when a queue that was long has become short. True when there is more to give: call it
   * again, after others had their turn. Waits for the events to be gone: pages that hold them would have to be moved.
   */
  async giveSpaceBack(): Promise<boolean> {
    const file = this.#file.current;
    if (this.#store.queued().bytes > SHORT_QUEUE_BYTES || !file.isAmple) return false;
    await this.#commits.run(() => file.giveSpaceBack());
    if (file.isAmple) return true;
    file.shortenFile();
    return false;
  }

  /** Calls `listener` after every change of what is stored; returns a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Calls `listener` for every batch that is settled; returns a function that ends it. */
  onSettled(listener: (settlement: Settlement) => void): () => void {
    this.#settlementListeners.add(listener);
    return () => this.#settlementListeners.delete(listener);
  }

  /** Changes the limits from the next append on. */
  setLimits(limits: QueueLimits): void {
    this.#options = { ...this.#options, ...limits };
    this.#intake.setLimits(limits);
  }

  /** Commits what is waiting and closes the database. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#commits.flush();
    this.#intake.close();
    this.#file.current.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** True when an account said that events wait and there were none: it was wrong, and is right now. */
  #reconcile(stream: Stream, { within }: ClaimOptions): boolean {
    if (within !== undefined || this.#store.waiting(stream).events === 0) return false;
    const note = { reason: "queue damaged", detail: "accounts", now_ms: this.#options.now() };
    new QueueMender(this.#store).reconcile(stream, note);
    return true;
  }

  get #settling() {
    const { now, chunkLimits, onAnswered } = this.#options;
    return { nowMs: now(), limits: chunkLimits, onAnswered };
  }

  #newBatchId(): string {
    return this.#options.newBatchId?.() ?? uuidv7();
  }

  get #store(): QueueStore {
    return this.#file.current.store;
  }

  #committed(): void {
    this.#intake.update(this.#store.queued());
    for (const listener of this.#changeListeners) listener();
  }

  #tellSettled(settlement: Settlement): void {
    for (const listener of this.#settlementListeners) listener(settlement);
  }
}
