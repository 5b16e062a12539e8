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
 * Taking a list in is `journal_intake.ts`.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import { JournalStore } from "./journal_store.ts";
import { JournalIntake, type ReadMember } from "./journal_intake.ts";
import {
  answeredCommand,
  type JournalQueue,
  type JournalTransaction,
  reportResult,
} from "./journal_transaction.ts";
import { parseCommand, type TimeoutLimits } from "./parse_command.ts";
import { RepeatAllowance } from "./repeat_allowance.ts";
import { boundResult, encodeResult } from "./result_event.ts";
import type { Admission } from "./types.ts";
import type { Receipt, Recovery, Start } from "./journal_outcomes.ts";
import type { CommandResult } from "../../shared/protocol/commands.ts";

/** What can change while the journal is in use. */
export interface JournalLimits {
  timeouts: TimeoutLimits;
  /** How long a command is kept once its result was delivered, in milliseconds that agents run. @default 7 days */
  retentionMs?: number;
}

/** What a {@linkcode Journal} is built with. */
interface JournalOptions extends JournalLimits {
  queue: JournalQueue;
  clock: Pick<Clock, "now" | "monotonic">;
  /** Says which commands may be carried out. @default all */
  admission?: Admission;
  /** So many delivered commands are kept, and so many others, at most. @default 10000 */
  maxRows?: number;
}

/** What a server brought about by what it had fetched. */
interface Unordered {
  action: string;
  args: object;
  /** Whether this machine took nothing of it. */
  refused: boolean;
}

/** In place of the id of an order; none is empty. */
const NO_ORDER = "";

const STARTED = { code: 2, message: "started", data: null };
/** What the disk changed is not carried out. */
const DAMAGED: CommandResult = { code: 1, message: "what the journal says of it is damaged" };
const TOO_LATE: CommandResult = { code: 3, message: "not started in time" };

/** The result of what a stop of the agent interrupted. */
export const STOPPED: CommandResult = { code: 1, message: "agent stopped during execution" };
const RESTARTED: CommandResult = { code: 0, message: "agent restarted" };
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
      const receipt = new JournalIntake({
        store,
        transaction,
        repeats: this.#repeats,
        clock: this.#options.clock,
        time: this.#time(),
        maxRows: this.#options.maxRows,
      }).take(parsed);
      // Behind the list, so that what it brought counts too.
      store.record.trim();
      // As many as came, and some more: the table shrinks however fast commands come.
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

  /** Notes how far a command is that runs, as JSON in place of the data that its result may bring. */
  noteData(documentId: string, data: object): Promise<void> {
    return this.#transact((store) => store.noteData(documentId, JSON.stringify(data)));
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

  /** Writes into the record, and nowhere else, what a server brought about without an order. */
  note({ action, args, refused }: Unordered, result: CommandResult): Promise<void> {
    const nowMs = this.#now();
    return this.#transact(({ record }) => {
      record.add({ document_id: NO_ORDER, action, args }, { nowMs, denied: refused });
      record.finish(NO_ORDER, result, nowMs);
      record.trim();
    });
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
   * @param resumed actions of which somebody tells later what came of them
   */
  async recover(
    restarts: ReadonlySet<string>,
    resumed: ReadonlySet<string> = new Set(),
  ): Promise<Recovery> {
    const { interrupted, left } = await this.#transact((store) => {
      const running = store.inState("running").map(answeredCommand);
      const left = running.filter(({ action }) => resumed.has(action));
      const interrupted = running.filter(({ action }) => !resumed.has(action)).map((command) => {
        const result = restarts.has(command.action) ? RESTARTED : STOPPED;
        store.finish(command.document_id, result, { nowMs: this.#now() });
        return { ...command, result };
      });
      return { interrupted, left };
    });
    // Apart from the interrupted ones: those must be done on disk before any result is told.
    const waiting = await this.#transact((store, transaction) => {
      for (const done of store.inState("done")) this.#report(store, transaction, done.document_id);
      return store.inState("received").map(({ document_id, action }) => {
        this.#recovered.add(document_id);
        return {
          ...answeredCommand({ document_id, action }),
          startWithinMs: this.#leftMs(document_id, store),
          ...(store.wait(document_id)?.confirm_start === 1 && { confirmStart: true }),
        };
      });
    });
    return { waiting, interrupted, resumed: left };
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

  #report(store: JournalStore, transaction: JournalTransaction, documentId: string): void {
    reportResult(documentId, { store, transaction, nowMs: this.#now() });
  }

  #removeOld(store: JournalStore, { queued }: JournalTransaction, limit: number): number {
    const { retentionMs, maxRows } = this.#options;
    const ageMs = this.#age();
    store.noteAge(ageMs);
    store.noteDelivered(queued("stateful"), { nowMs: this.#now(), ageMs });
    const expired = store.removeDelivered(ageMs - retentionMs, limit);
    // By number only what is left of the step: it is the time that users set.
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
    // An older agent did not note the age: then the wall clock alone counts.
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
