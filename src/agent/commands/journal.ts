/**
 * The journal of commands: what makes an order run at most once, and be answered at least once.
 *
 * `received` → `running` → `done` → `reported`. Each step is committed before the next begins, so that a crash leaves a command
 * in exactly one of them:
 *
 * | left in    | what is certain                      | what the next start does ({@linkcode Journal.recover})       |
 * | ---------- | ------------------------------------ | ------------------------------------------------------------ |
 * | `received` | nothing of it was done               | runs it, unless it waited for too long (code 3)              |
 * | `running`  | something of it may have been done   | failure; for a command whose aim is a restart, success       |
 * | `done`     | the result, and nobody was told      | reports it                                                   |
 * | `reported` | the result's event is in the queue   | nothing; the queue delivers                                  |
 *
 * A document id that is in the journal is never run again: its result, if there is one, is reported again. That holds as
 * long as the row is kept: those whose result was delivered for a time and up to a number, the others always. The time is
 * that for which agents ran, by the monotonic clock: neither a jump of the wall clock nor an outage of the server shortens it.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { JournalStore } from "./journal_store.ts";
import { type MalformedCommand, parseCommand, type TimeoutLimits } from "./parse_command.ts";
import { RepeatAllowance } from "./repeat_allowance.ts";
import { boundResult, encodeResult } from "./result_event.ts";
import type { Admission, Command } from "./types.ts";
import type { AnsweredCommand, Receipt, Recovery, Start } from "./journal_outcomes.ts";
import type { CommandResult, JournalEntry } from "../../shared/protocol/commands.ts";

/** An open transaction of the database that holds both the journal and the queue. */
interface JournalTransaction {
  database: DatabaseSync;
  append(group: { stream: "stateful"; events: readonly string[] }): { last_event: number };
  /** Numbers of the oldest event in the stateful queue (one more than the newest when it is empty), and of the newest ever stored. */
  queued(stream: "stateful"): { oldest: number; newest: number };
}

/** What the journal needs of the queue. */
export interface JournalQueue {
  /** Runs `write` in a transaction and resolves once it is committed. */
  transact<T>(write: (transaction: JournalTransaction) => T): Promise<T>;
}

/** What can change while the journal is in use. */
export interface JournalLimits {
  timeouts: TimeoutLimits;
  /** How long a command is kept once its result was delivered, in milliseconds that agents run. @default 7 days */
  retentionMs?: number;
}

/** What a {@linkcode Journal} is built with. */
export interface JournalOptions extends JournalLimits {
  queue: JournalQueue;
  clock: Pick<Clock, "now" | "monotonic">;
  /** Says which commands may be carried out. @default all */
  admission?: Admission;
  /** So many delivered commands are kept, and so many others, at most. @default 10000 */
  maxRows?: number;
}

const STARTED = { code: 2, message: "started", data: null };
/** What the disk changed is not carried out. */
const DAMAGED: CommandResult = { code: 1, message: "what the journal says of it is damaged" };
const TOO_LATE: CommandResult = { code: 3, message: "not started in time" };

/** A member of a list after a look at it. */
type ReadMember = Command | MalformedCommand | (Command & { denial: string });

/** The result of what a stop of the agent interrupted. */
export const STOPPED: CommandResult = { code: 1, message: "agent stopped during execution" };
const RESTARTED: CommandResult = { code: 0, message: "agent restarted" };
/** So many commands beyond those that find room are answered with a failure; what comes then is left to the server's time limit. */
const MAX_REFUSALS = 1_000;
const TOO_MANY: CommandResult = { code: 1, message: "too many commands waiting" };

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** So many rows are removed in one transaction beside those that make room for new ones. */
const REMOVAL_STEP = 500;

/** Keeps every command and its result; see the module's comment. */
export class Journal {
  #options: Required<JournalOptions>;
  readonly #startedAtMs: number;
  #store: JournalStore | undefined;
  readonly #repeats = new RepeatAllowance();
  /** What the process before left waiting: how long it did nobody counted while none ran. */
  readonly #recovered = new Set<string>();
  /** Age of the journal when this process began. */
  #ageAtStartMs = 0;

  constructor(options: JournalOptions) {
    const admission: Admission = { refusal: () => undefined };
    this.#options = { retentionMs: WEEK_MS, maxRows: 10_000, admission, ...options };
    this.#startedAtMs = options.clock.monotonic();
  }

  /** Changes the limits: the time limits for commands that come from now on. */
  setLimits(limits: JournalLimits): void {
    this.#options = { ...this.#options, ...limits };
  }

  /** Takes a list in, all of it in one transaction. */
  receive(members: readonly unknown[]): Promise<Receipt> {
    const parsed = members.map((member) => this.#read(member));
    return this.#transact((store, transaction) => {
      const receipt: Receipt = {
        accepted: [],
        repeated: 0,
        malformed: [],
        refused: [],
        denied: [],
        left: 0,
      };
      const { unreported, undelivered } = store.counts();
      const room = { left: this.#options.maxRows - unreported - undelivered };
      for (const command of parsed) this.#takeIn(command, receipt, { store, transaction, room });
      store.record.trim();
      this.#removeOld(store, transaction, members.length + REMOVAL_STEP);
      return receipt;
    });
  }

  /**
   * `received` → `running`, together with the event that says so (code 2); what has waited for too long is not begun but reported as
   * a failure, since its sender has told so by now; nor is what can't be read any more.
   *
   * @throws {WrongStateError} when it is not waiting
   */
  start(documentId: string): Promise<Start> {
    return this.#transact((store, transaction) => {
      if (this.#leftMs(documentId, store) <= 0) {
        return { kind: "late", result: this.#endUnbegun(documentId, { store, transaction }) };
      }
      const command = store.start(documentId, this.#now());
      if (command === undefined) {
        store.finish(documentId, DAMAGED, { nowMs: this.#now() });
        this.#report(store, transaction, documentId);
        return { kind: "damaged", result: DAMAGED };
      }
      const events = [encodeResult({ document_id: documentId, ...STARTED })];
      transaction.append({ stream: "stateful", events });
      return { kind: "begun", command };
    });
  }

  /**
   * `received` → `reported` for what does not wait for its turn any more, since its time to begin is over.
   *
   * @throws {WrongStateError} when it is not waiting
   */
  expire(documentId: string): Promise<CommandResult> {
    return this.#transact((store, transaction) =>
      this.#endUnbegun(documentId, { store, transaction })
    );
  }

  /**
   * `running` → `done`. Long texts are cut: 4 KiB of message, 256 KiB of data.
   *
   * @throws {WrongStateError} when it does not run
   */
  finish(documentId: string, result: CommandResult): Promise<void> {
    const bounded = boundResult(result);
    return this.#transact((store) => store.finish(documentId, bounded, { nowMs: this.#now() }));
  }

  /**
   * `done` → `reported`, together with the result's event in the queue.
   *
   * @throws {WrongStateError} when it is not done
   */
  report(documentId: string): Promise<void> {
    return this.#transact((store, transaction) => this.#report(store, transaction, documentId));
  }

  /**
   * Brings what the process before left behind to where it can go on. To be called once, before anything else.
   *
   * @param restarts actions whose aim is a restart of the agent: interrupted by one, they succeeded
   */
  async recover(restarts: ReadonlySet<string>): Promise<Recovery> {
    const interrupted = await this.#transact((store) =>
      store.inState("running").map((row) => {
        const command = answeredCommand(row);
        const result = restarts.has(command.action) ? RESTARTED : STOPPED;
        store.finish(command.document_id, result, { nowMs: this.#now() });
        return { ...command, result };
      })
    );
    const waiting = await this.#transact((store, transaction) => {
      for (const done of store.inState("done")) this.#report(store, transaction, done.document_id);
      return store.inState("received").map(({ document_id, action }) => {
        this.#recovered.add(document_id);
        return {
          ...answeredCommand({ document_id, action }),
          startWithinMs: this.#leftMs(document_id, store),
        };
      });
    });
    return { waiting, interrupted };
  }

  /** Removes a bounded number of rows that are kept no longer; resolves with how many these were. */
  tidy(): Promise<number> {
    return this.#transact((store, transaction) =>
      this.#removeOld(store, transaction, REMOVAL_STEP)
    );
  }

  #read(member: unknown): ReadMember {
    const command = parseCommand(member, this.#options.timeouts);
    if ("problem" in command) return command;
    const denial = this.#options.admission.refusal(member, command);
    return denial === undefined ? command : { ...command, denial };
  }

  /** `room.left` falls with each command that is kept; below 0 it counts refusals, which have a bound of their own. */
  #takeIn(
    command: ReadMember,
    receipt: Receipt,
    { store, transaction, room }: {
      store: JournalStore;
      transaction: JournalTransaction;
      room: { left: number };
    },
  ): void {
    const { document_id } = command;
    const known = document_id === undefined ? undefined : store.find(document_id);
    if (known !== undefined) {
      receipt.repeated++;
      return this.#answerAgain(known, { store, transaction });
    }
    if ("denial" in command) {
      receipt.denied.push({ ...answeredCommand(command), problem: command.denial });
      return this.#deny(command, { store, transaction });
    }
    if (document_id !== undefined && room.left-- <= -MAX_REFUSALS) {
      receipt.left++;
      return;
    }
    if ("problem" in command) {
      receipt.malformed.push(command);
      const answer: CommandResult = { code: 1, message: command.problem };
      if (document_id !== undefined) {
        this.#answer({ ...command, document_id }, boundResult(answer), { store, transaction });
      }
      return;
    }
    if (room.left < 0) {
      receipt.refused.push(answeredCommand(command));
      return this.#answer(answeredCommand(command), TOO_MANY, { store, transaction });
    }
    receipt.accepted.push({ ...answeredCommand(command), startWithinMs: command.start_within_ms });
    store.insert(command, this.#time());
  }

  /**
   * Answers what must not be carried out. It gets no row in the journal: whoever may not give orders must neither take the id of one
   * that is to come nor push out those that are to be remembered.
   */
  #deny(
    command: Command & { denial: string },
    { store, transaction }: { store: JournalStore; transaction: JournalTransaction },
  ): void {
    const { document_id, denial } = command;
    const nowMs = this.#now();
    const result = boundResult({ code: 1, message: denial });
    const { oldest, newest } = transaction.queued("stateful");
    if (newest - oldest > this.#options.maxRows) return;
    if (!this.#repeats.take(document_id, result.message.length, this.#options.clock.monotonic())) {
      return;
    }
    store.record.add(command, { nowMs, denied: true });
    store.record.finish(document_id, result, nowMs);
    const events = [encodeResult({ document_id, ...result, data: null })];
    transaction.append({ stream: "stateful", events });
  }

  /** A result that is in the queue still is on its way: only one that has left it is told again. */
  #answerAgain(
    known: JournalEntry,
    { store, transaction }: { store: JournalStore; transaction: JournalTransaction },
  ): void {
    const { document_id, code, message, data } = known;
    if (code === null) return;
    if (store.isQueued(document_id, transaction.queued("stateful").oldest)) return;
    const bytes = (message?.length ?? 0) + (data?.length ?? 0);
    if (!this.#repeats.take(document_id, bytes, this.#options.clock.monotonic())) return;
    appendResult(known, { store, transaction });
  }

  /** Gives a result to what is not run. */
  #answer(
    command: { document_id: string; action?: string },
    result: CommandResult,
    { store, transaction }: { store: JournalStore; transaction: JournalTransaction },
  ): void {
    const time = this.#time();
    store.insert(command, time);
    store.finish(command.document_id, result, { nowMs: time.nowMs, from: "received" });
    this.#report(store, transaction, command.document_id);
  }

  #report(store: JournalStore, transaction: JournalTransaction, documentId: string): void {
    appendResult(store.report(documentId, this.#now()), { store, transaction });
  }

  #removeOld(store: JournalStore, { queued }: JournalTransaction, limit: number): number {
    const { retentionMs, maxRows } = this.#options;
    const ageMs = this.#age();
    store.noteAge(ageMs);
    store.noteDelivered(queued("stateful"), { nowMs: this.#now(), ageMs });
    const expired = store.removeDelivered(ageMs - retentionMs, limit);
    const excess = Math.min(store.counts().delivered - maxRows, limit - expired);
    return expired + (excess > 0 ? store.removeDelivered(Number.MAX_SAFE_INTEGER, excess) : 0);
  }

  #endUnbegun(
    documentId: string,
    { store, transaction }: { store: JournalStore; transaction: JournalTransaction },
  ): CommandResult {
    store.finish(documentId, TOO_LATE, { nowMs: this.#now(), from: "received" });
    this.#report(store, transaction, documentId);
    return TOO_LATE;
  }

  /**
   * How long a command may still wait. The age of the journal tells, which no jump of the wall clock moves; but it stands still while
   * no agent runs, so for what the process before left the wall clock counts too, whichever says later.
   */
  #leftMs(documentId: string, store: JournalStore): number {
    const wait = store.wait(documentId);
    if (wait === undefined) return Infinity;
    const ofWallMs = this.#now() - wait.received_ms;
    const ofAgeMs = wait.received_age_ms === null ? 0 : this.#age() - wait.received_age_ms;
    const waitedMs = this.#recovered.has(documentId) ? Math.max(ofWallMs, ofAgeMs) : ofAgeMs;
    return wait.start_within_ms - waitedMs;
  }

  #time(): { nowMs: number; ageMs: number } {
    return { nowMs: this.#now(), ageMs: this.#age() };
  }

  /** In whole milliseconds, as it is stored. */
  #age(): number {
    return Math.round(this.#ageAtStartMs + this.#options.clock.monotonic() - this.#startedAtMs);
  }

  #transact<T>(
    write: (store: JournalStore, transaction: JournalTransaction) => T,
  ): Promise<T> {
    return this.#options.queue.transact((transaction) => {
      // A damaged file is replaced while the agent runs.
      if (this.#store?.database !== transaction.database) {
        this.#store = this.#open(transaction.database);
      }
      return write(this.#store, transaction);
    });
  }

  #open(database: DatabaseSync): JournalStore {
    const store = new JournalStore(database);
    if (this.#store === undefined) this.#ageAtStartMs = store.age();
    return store;
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

function appendResult(
  row: Parameters<typeof encodeResult>[0],
  { store, transaction }: { store: JournalStore; transaction: JournalTransaction },
): void {
  const events = [encodeResult(row)];
  const { last_event } = transaction.append({ stream: "stateful", events });
  store.noteResultEvent(row.document_id, last_event);
}

function answeredCommand(
  { document_id, action }: { document_id: string; action: string | null },
): AnsweredCommand {
  return { document_id, action: action ?? "" };
}
