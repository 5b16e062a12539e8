/**
 * Checks a whole queue: is the file sound, and does everything in it agree with everything else?
 *
 * What must agree (numbers and sums) is read at one moment; what stands for itself (the bytes of a chunk) page by page.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../../shared/errors.ts";
import type { QueueDefect, VerifyReport } from "../../../shared/protocol/queue_inspection.ts";
import type { Amount, EventRange } from "../../../shared/protocol/stored_events.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import { isDamage } from "../../../shared/sqlite/damage.ts";
import { pluralize } from "../../../shared/text.ts";
import type { QueueStore } from "../queue_store.ts";
import type { StoredChunk } from "../readable_events.ts";
import { problemOfLines } from "../stored_lines.ts";
import { STREAMS } from "../types.ts";
import { rangeOf } from "../unclaimed_events.ts";
import { snapshot } from "./snapshot.ts";
import { hasColumn, StoredChunks } from "./stored_chunks.ts";

/** Defects that are named; of the others only the number is told. */
export const MAX_NAMED = 10;

/** Larger than any event number. */
const ALL: EventRange = { first_event: 0, last_event: Number.MAX_SAFE_INTEGER - 1 };

/** One look at one database. */
export class Verification {
  readonly #database: DatabaseSync;
  readonly #store: QueueStore;
  readonly #defects: QueueDefect[] = [];
  readonly #checked: VerifyReport["checked"] = {
    events: 0,
    bytes: 0,
    chunks: 0,
    batches: 0,
    checkpoints: 0,
    letters: 0,
  };
  #count = 0;

  constructor(database: DatabaseSync, store: QueueStore) {
    this.#database = database;
    this.#store = store;
  }

  /** Checks everything. */
  run(): VerifyReport {
    // Outside the snapshot: it takes long on a large file, and an open read would keep the log from being emptied.
    this.#look("database", () => this.#checkFile());
    this.#look("database", () =>
      snapshot(this.#database, () => {
        for (const stream of STREAMS) this.#checkNumbers(stream);
        this.#look("checkpoints", () => this.#checkCheckpoints());
      }));
    for (const stream of STREAMS) this.#look(`${stream} events`, () => this.#checkEvents(stream));
    this.#look("dead letters", () => this.#checkLetters());
    return { checked: this.#checked, defects: this.#defects, defect_count: this.#count };
  }

  #note(where: string, problem: string): void {
    this.#count++;
    if (this.#defects.length < MAX_NAMED) this.#defects.push({ where, problem });
  }

  /** What SQLite cannot read is one defect more, and the next part is looked at. */
  #look(where: string, look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#note(where, `cannot be read: ${messageOf(error)}`);
    }
  }

  #checkFile(): void {
    for (const row of this.#database.prepare("PRAGMA quick_check").iterate()) {
      const found = String(Object.values(row)[0]);
      // Each line is a finding, but for headings such as "*** in database main ***".
      for (const line of found.split("\n")) {
        if (line !== "ok" && !line.startsWith("***")) this.#note("database", line);
      }
    }
  }

  #checkNumbers(stream: Stream): void {
    this.#look(`${stream} events`, () => this.#checkRanges(stream));
    this.#look(`${stream} batches`, () => this.#checkBatches(stream));
    this.#look(`account ${stream}`, () => this.#checkAccount(stream));
  }

  /** Numbers rise without overlap, and none is above the newest that was given out. */
  #checkRanges(stream: Stream): void {
    const chunks = this.#store.chunks(stream);
    let last = 0;
    for (const chunk of chunks.list(0, Number.MAX_SAFE_INTEGER)) {
      const { first_event, last_event } = rangeOf(chunk);
      if (chunk.events < 1) this.#note(nameOf(stream, chunk), `holds ${chunk.events} events`);
      else if (first_event <= last) {
        this.#note(nameOf(stream, chunk), `overlap the events up to ${last}`);
      }
      last = last_event;
    }
    const newest = chunks.newestEvent();
    if (last > newest) {
      this.#note(`${stream} events`, `number ${last} is above the newest given out, ${newest}`);
    }
  }

  #checkBatches(stream: Stream): void {
    const { batches } = this.#store;
    if (hasColumn(this.#database, "batch", "checksum")) {
      for (const { id } of batches.damaged().filter((batch) => batch.stream === stream)) {
        this.#note(`batch ${id}`, "its checksum is wrong");
      }
    }
    let last = 0;
    for (const batch of batches.list(stream)) {
      this.#checked.batches++;
      const problem = this.#problemOfBatch(stream, batch, last);
      if (problem !== undefined) this.#note(`batch ${batch.id}`, problem);
      last = batch.last_event;
    }
  }

  #problemOfBatch(
    stream: Stream,
    { first_event, last_event, events, bytes }: EventRange & Amount,
    last: number,
  ): string | undefined {
    // Listed by their first event, so that one look back is enough.
    if (first_event <= last) return `overlaps the batch before it, which ends at ${last}`;
    if (last_event - first_event + 1 !== events) {
      return `says ${events} events, its range ${first_event} to ${last_event} has others`;
    }
    const chunks = this.#store.chunks(stream);
    const stored = chunks.amount({ first_event, last_event });
    const [behind] = chunks.list(last_event, Number.MAX_SAFE_INTEGER);
    // Acknowledging would delete by the chunks' last numbers and so leave that chunk whole.
    if (behind !== undefined && rangeOf(behind).first_event <= last_event) {
      return `ends at ${last_event}, in the middle of a chunk`;
    }
    return stored.events === events && stored.bytes === bytes
      ? undefined
      : `says ${amountText({ events, bytes })}, stored are ${amountText(stored)}`;
  }

  /** `taken = queued + acknowledged + dead_lettered + dropped`, with what is stored as `queued`. */
  #checkAccount(stream: Stream): void {
    const where = `account ${stream}`;
    const { accounts } = this.#store;
    if (!accounts.isPlausible(stream)) {
      return this.#note(where, "is missing, or its numbers contradict each other");
    }
    const { queued } = accounts.get(stream);
    const stored = this.#store.chunks(stream).amount(ALL);
    if (stored.events === queued.events && stored.bytes === queued.bytes) return;
    this.#note(where, `says ${amountText(queued)} queued, stored are ${amountText(stored)}`);
  }

  #checkCheckpoints(): void {
    const row = this.#database.prepare("SELECT count(*) AS n FROM checkpoint").get();
    this.#checked.checkpoints = Number(row?.n);
    if (!hasColumn(this.#database, "checkpoint", "checksum")) return;
    for (const { collector, key } of this.#store.checkpoints.damaged()) {
      this.#note(`checkpoint ${collector} ${key}`, "its checksum is wrong");
    }
  }

  #checkEvents(stream: Stream): void {
    for (const chunk of new StoredChunks(this.#database, stream).all()) {
      this.#checked.chunks++;
      this.#checked.events += chunk.events;
      this.#checked.bytes += chunk.lines.length;
      const problem = problemOfLines(stream, chunk);
      if (problem !== undefined) this.#note(nameOf(stream, chunk), problem);
    }
  }

  #checkLetters(): void {
    const letters = this.#database.prepare(
      "SELECT id, stream, events, bytes, lines FROM dead_letter ORDER BY id",
    );
    for (const row of letters.iterate()) {
      const { id, stream, ...letter } = row as unknown as StoredLetter;
      this.#checked.letters++;
      const problem = problemOfLines(stream, { ...letter, last_event: 0, checksums: null });
      if (problem !== undefined) this.#note(`dead letter ${id}`, problem);
    }
  }
}

interface StoredLetter extends Pick<StoredChunk, "events" | "bytes" | "lines"> {
  id: number;
  stream: Stream;
}

function nameOf(stream: Stream, chunk: { last_event: number; events: number }): string {
  return `${stream} events ${chunk.last_event - chunk.events + 1} to ${chunk.last_event}`;
}

function amountText({ events, bytes }: Amount): string {
  return `${pluralize(events, "event")} of ${bytes} bytes`;
}
