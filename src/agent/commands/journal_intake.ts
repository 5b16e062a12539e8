/**
 * Taking a list of commands in: each is kept, answered at once, or known already; all of it in one transaction.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { CommandResult, JournalEntry } from "../../shared/protocol/commands.ts";
import type { Receipt } from "./journal_outcomes.ts";
import type { JournalTime } from "./journal_store.ts";
import {
  answeredCommand,
  appendResult,
  type OpenJournal,
  reportResult,
} from "./journal_transaction.ts";
import type { MalformedCommand } from "./parse_command.ts";
import type { RepeatAllowance } from "./repeat_allowance.ts";
import { boundResult, encodeResult } from "./result_event.ts";
import type { Command } from "./types.ts";

/** A member of a list after a look at it. */
export type ReadMember = Command | MalformedCommand | (Command & { denial: string });

/** So many commands beyond those that find room are answered with a failure; what comes then is left to the server's time limit. */
const MAX_REFUSALS = 1_000;
const TOO_MANY: CommandResult = { code: 1, message: "too many commands waiting" };

/** What a {@linkcode JournalIntake} works with. */
interface IntakeDeps extends OpenJournal {
  repeats: RepeatAllowance;
  clock: Pick<Clock, "monotonic">;
  time: JournalTime;
  /** So many commands without a delivered result are kept, at most. */
  maxRows: number;
}

/** One list, within one transaction. */
export class JournalIntake {
  readonly #deps: IntakeDeps;
  #roomLeft: number;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    const { unreported, undelivered } = deps.store.counts();
    this.#roomLeft = deps.maxRows - unreported - undelivered;
  }

  /** Takes the members in their order. */
  take(members: readonly ReadMember[]): Receipt {
    const receipt: Receipt = {
      accepted: [],
      repeated: 0,
      malformed: [],
      refused: [],
      denied: [],
      left: 0,
    };
    for (const command of members) this.#takeIn(command, receipt);
    return receipt;
  }

  /** `#roomLeft` falls with each command that is kept; below 0 it counts refusals, which have a bound of their own. */
  #takeIn(command: ReadMember, receipt: Receipt): void {
    const { store, time } = this.#deps;
    const { document_id } = command;
    const known = document_id === undefined ? undefined : store.find(document_id);
    // First of all: what was run once is not run again, though it may not be allowed any more.
    if (known !== undefined) {
      receipt.repeated++;
      return this.#answerAgain(known);
    }
    if ("denial" in command) {
      receipt.denied.push({ ...answeredCommand(command), problem: command.denial });
      return this.#deny(command);
    }
    if (document_id !== undefined && this.#roomLeft-- <= -MAX_REFUSALS) {
      receipt.left++;
      return;
    }
    if ("problem" in command) {
      receipt.malformed.push(command);
      const answer: CommandResult = { code: 1, message: command.problem };
      if (document_id !== undefined) {
        this.#answer({ ...command, document_id }, boundResult(answer));
      }
      return;
    }
    if (this.#roomLeft < 0) {
      receipt.refused.push(answeredCommand(command));
      return this.#answer(answeredCommand(command), TOO_MANY);
    }
    receipt.accepted.push({
      ...answeredCommand(command),
      startWithinMs: command.start_within_ms,
      ...(command.confirm_start === true && { confirmStart: true }),
    });
    store.insert(command, time);
  }

  /**
   * Answers what must not be carried out. It gets no row in the journal: whoever may not give orders must neither take the id of one
   * that is to come nor push out those that are to be remembered.
   */
  #deny(
    command: Command & { denial: string },
  ): void {
    const { store, transaction, maxRows, time: { nowMs } } = this.#deps;
    const { document_id, denial } = command;
    const result = boundResult({ code: 1, message: denial });
    const { oldest, newest } = transaction.queued("stateful");
    // Whoever may not give orders could otherwise fill the queue with the answers.
    if (newest - oldest > maxRows) return;
    if (!this.#mayRepeat(document_id, result.message.length)) return;
    store.record.add(command, { nowMs, denied: true });
    store.record.finish(document_id, result, nowMs);
    const events = [encodeResult({ document_id, ...result, data: null })];
    transaction.append({ stream: "stateful", events });
  }

  /** A result that is in the queue still is on its way: only one that has left it is told again. */
  #answerAgain(
    known: JournalEntry,
  ): void {
    const { store, transaction } = this.#deps;
    const { document_id, code, message, data } = known;
    // Not done yet: its result comes by itself.
    if (code === null) return;
    if (store.isQueued(document_id, transaction.queued("stateful").oldest)) return;
    const bytes = (message?.length ?? 0) + (data?.length ?? 0);
    if (this.#mayRepeat(document_id, bytes)) appendResult(known, this.#deps);
  }

  #mayRepeat(documentId: string, bytes: number): boolean {
    return this.#deps.repeats.take(documentId, bytes, this.#deps.clock.monotonic());
  }

  /** Gives a result to what is not run. */
  #answer(
    command: { document_id: string; action?: string },
    result: CommandResult,
  ): void {
    const { store, time } = this.#deps;
    store.insert(command, time);
    store.finish(command.document_id, result, { nowMs: time.nowMs, from: "received" });
    reportResult(command.document_id, { ...this.#deps, nowMs: time.nowMs });
  }
}
