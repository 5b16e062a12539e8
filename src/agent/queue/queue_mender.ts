/**
 * Brings what is left of a damaged queue into order: what is known to be right stays and is delivered, what is not goes to the loss
 * ledger, and the accounts are right again. Every method belongs inside a transaction.
 *
 * @module
 */

import type { Amount, EventRange } from "../../shared/protocol/stored_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { QueueStore } from "./queue_store.ts";
import { countEventsIn } from "./stored_lines.ts";
import { STREAMS } from "./types.ts";

/** Why something was found, for the ledger. */
interface DamageNote {
  /** Such as `queue damaged`. */
  reason: string;
  /** Where the damaged file is now, or what else is known. */
  detail: string;
  now_ms: number;
}

const NOTHING: Amount = { events: 0, bytes: 0 };

/** Mends the queue's tables. */
export class QueueMender {
  readonly #store: QueueStore;

  constructor(store: QueueStore) {
    this.#store = store;
  }

  /** False when a look at the small tables finds what cannot be right. */
  isSound(): boolean {
    const { checkpoints, batches, accounts } = this.#store;
    return checkpoints.damaged().length === 0 && batches.damaged().length === 0 &&
      STREAMS.every((stream) => accounts.isPlausible(stream));
  }

  /** Notes what could not be read of tables that have no accounts. */
  recordLostPieces(lost: ReadonlyMap<string, number>, note: DamageNote): void {
    for (const [table, pieces] of lost) {
      const detail = `${pieces} pages or rows of table "${table}"; ${note.detail}`;
      this.#record("stateless", NOTHING, { ...note, reason: "queue damaged: rows lost", detail });
    }
  }

  /**
   * Goes through everything. Returns how much was lost of both streams.
   *
   * @param always the ledger is to say that the queue was damaged also when no event was lost
   */
  mendAll(note: DamageNote, { always }: { always: boolean }): Amount {
    for (const { collector, key } of this.#store.checkpoints.damaged()) {
      this.#store.checkpoints.apply([{ collector, key, value: null }]);
      this.#record("stateless", NOTHING, {
        ...note,
        reason: "checkpoint damaged: its source is read anew",
        detail: `${collector} ${key}`,
      });
    }
    const total = { events: 0, bytes: 0 };
    for (const stream of STREAMS) {
      const lost = this.#mendStream(stream, note);
      total.events += lost.events;
      total.bytes += lost.bytes;
    }
    this.#mendLetters(note);
    if (always && total.events === 0) this.#record("stateless", NOTHING, note);
    return total;
  }

  /** Dead letters are no part of what is queued: those that cannot be read go to the ledger for themselves. */
  #mendLetters(note: DamageNote): void {
    const { deadLetters } = this.#store;
    for (const id of deadLetters.select({ all: true })) {
      const letter = deadLetters.get(id);
      if (letter === undefined) continue;
      const { stream, lines } = letter;
      const events = countEventsIn(stream, lines);
      // A letter that cannot be read can neither be shown nor sent again.
      if (events === undefined || events === 0) {
        deadLetters.delete(id);
        this.#record(stream, letter, { ...note, detail: `dead letter ${id}; ${note.detail}` });
      } else if (events !== letter.events || lines.length !== letter.bytes) {
        deadLetters.correct(id, { events, bytes: lines.length });
      }
    }
  }

  /** Mends the chunks in a range, and dissolves the batches that held what is gone. Returns how much was lost. */
  mendRange(stream: Stream, range: EventRange, note: DamageNote): Amount {
    this.#store.chunks(stream).mend(range);
    this.#dissolveBrokenBatches(stream);
    return this.#balanceAccount(stream, note);
  }

  /** Brings the account of a stream in line with what is stored. Returns how much was lost. */
  reconcile(stream: Stream, note: DamageNote): Amount {
    this.#dissolveBrokenBatches(stream);
    return this.#balanceAccount(stream, note);
  }

  #mendStream(stream: Stream, note: DamageNote): Amount {
    const chunks = this.#store.chunks(stream);
    // A promise whose words are in doubt is none: its events go into new batches.
    for (const { id } of this.#store.batches.damaged()) this.#store.batches.delete(id);
    chunks.mend({ first_event: 0, last_event: Number.MAX_SAFE_INTEGER });
    // Numbers that were used must not come again, or a late answer would settle other events.
    chunks.raiseSequence(this.#store.accounts.get(stream).taken.events);
    this.#dissolveBrokenBatches(stream);
    return this.#balanceAccount(stream, note);
  }

  /** A batch of which events are gone cannot be sent as it was promised: the others leave in new ones. */
  #dissolveBrokenBatches(stream: Stream): void {
    const chunks = this.#store.chunks(stream);
    let last = 0;
    for (const batch of this.#store.batches.list(stream)) {
      const { events, bytes } = chunks.amount(batch);
      // Overlapping batches would have the same event sent under two promises.
      const isWhole = events === batch.events && bytes === batch.bytes && batch.first_event > last;
      if (isWhole) last = batch.last_event;
      else this.#store.batches.delete(batch.id);
    }
  }

  #balanceAccount(stream: Stream, note: DamageNote): Amount {
    const { accounts, losses } = this.#store;
    const chunks = this.#store.chunks(stream);
    const stored = chunks.amount({ first_event: 0, last_event: Number.MAX_SAFE_INTEGER - 1 });
    const lost = accounts.balance(stream, { ...stored, ...this.#store.queuedNumbers(stream) });
    if (lost.events > 0 || lost.bytes > 0) this.#record(stream, lost, note);
    if (stream === "stateless") {
      losses.reopenWithoutNotice((event) => chunks.holds(event), note.now_ms);
    }
    return lost;
  }

  #record(stream: Stream, amount: Amount, { reason, detail, now_ms }: DamageNote): void {
    const { events, bytes } = amount;
    this.#store.losses.record({ stream, events, bytes, reason, detail }, now_ms);
  }
}
