/**
 * Reads what one journalctl writes, to its end.
 *
 * Entries are gathered until half a megabyte is together or the first has waited for a moment, and are committed together with the
 * place of the last. While the queue has no room nothing is read: the pipe fills, journalctl waits, and the journal keeps what comes.
 * What was read and not committed when journalctl ends is committed; half an entry is read again by the next.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import type { CollectionLoss } from "../../../shared/protocol/stored_events.ts";
import type { CommandStream } from "../../process/command_stream.ts";
import type { EventSink } from "../collector.ts";
import { DuePieces } from "../due_pieces.ts";
import { EventGroup } from "../event_group.ts";
import type { Pulse } from "../pulse.ts";
import type { EntryEncoder } from "./entry_event.ts";
import { ExportParser } from "./export_parser.ts";
import type { JournalEntry } from "./journal_entry.ts";
import { type EntryPlace, placeOf } from "./journalctl.ts";
import { isOfOneSequence, type Position, positionAt, serializePosition } from "./position.ts";
import { Repeats } from "./repeats.ts";
import type { Start } from "./beginning.ts";

/** Of one field, as of a line of a file. */
const MAX_VALUE_BYTES = 65_536;
const MAX_ENTRY_BYTES = 524_288;
/** Nothing came for so long: there is no more. */
const QUIET_MS = 5_000;
/** A place without events is worth a commit only so often. */
const PLACE_ALONE_MS = 10_000;

/** What a {@linkcode Reading} is made with. */
interface ReadingParts {
  /** Key of the checkpoint. */
  key: string;
  sink: EventSink;
  clock: Clock;
  encoder: EntryEncoder;
  pulse: Pulse;
  /** How long an event waits for others, in milliseconds. */
  gatherMs: number;
}

/** Reads one journalctl. */
export class Reading {
  readonly #parts: ReadingParts;
  readonly #incoming: DuePieces;
  readonly #parser = new ExportParser({
    maxValueBytes: MAX_VALUE_BYTES,
    maxEntryBytes: MAX_ENTRY_BYTES,
  });
  readonly #group = new EventGroup();
  readonly #repeats: Repeats;
  #losses: readonly CollectionLoss[];
  /** Before the last entry. */
  #position: Position | undefined;
  /** Read and not committed. */
  #last: EntryPlace | undefined;
  /** Monotonic: when the first of the group came, and a place without events. */
  #gatheringSinceMs: number | undefined;
  #pieces = 0;
  #isStoring = false;
  #lagMs: number | undefined;
  /** Monotonic. */
  #readAtMs = -Infinity;
  /** Of the latest entry. */
  #realtimeMs: number | undefined;

  constructor(
    stream: CommandStream,
    { position, mayRepeat, loss }: Pick<Start, "position" | "mayRepeat" | "loss">,
    parts: ReadingParts,
  ) {
    this.#incoming = new DuePieces(stream, parts.clock);
    this.#parts = parts;
    this.#position = position;
    this.#repeats = new Repeats(mayRepeat ? position : undefined);
    this.#losses = loss ? [loss] : [];
  }

  /** Changes with whatever is read; `undefined` while the queue holds it up. */
  get mark(): number | undefined {
    return this.#isStoring ? undefined : this.#pieces;
  }

  /** The last entry that was looked at. */
  get position(): Position | undefined {
    return this.#last ? positionAt(this.#last, this.#position) : this.#position;
  }

  /** How many pieces came. */
  get pieces(): number {
    return this.#pieces;
  }

  /** For how long it has not been at the end of the journal, by the time of the latest entry; 0 once nothing more comes. */
  get behindMs(): number {
    const { clock } = this.#parts;
    const isQuiet = !this.#isStoring && clock.monotonic() - this.#readAtMs > QUIET_MS;
    return isQuiet || this.#realtimeMs === undefined ? 0 : clock.now() - this.#realtimeMs;
  }

  /** How old the latest entry was when it was read, in milliseconds. */
  get lagMs(): number | undefined {
    return this.#lagMs;
  }

  /** Reads until journalctl ends. What waits then is stored. */
  async run(signal: AbortSignal): Promise<void> {
    const { pulse } = this.#parts;
    for (;;) {
      const piece = await pulse.during("the next entry", this.#incoming.next(this.#dueAtMs));
      pulse.beat();
      if (piece === undefined) break;
      if (piece !== "due") await this.#take(piece, signal);
      // Also while pieces come without a pause, of which the filters take nothing.
      if (this.#isDue) await this.#store(signal);
    }
    await this.#store(signal);
  }

  /** Stores that everything up to `place` has been looked at, although nothing of it came; not while something else waits. */
  async passTo(place: EntryPlace, signal: AbortSignal): Promise<void> {
    if (this.#isStoring || this.#last !== undefined) return;
    this.#last = place;
    await this.#store(signal);
  }

  async #take(piece: Uint8Array, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    this.#pieces++;
    const created = new Date(clock.now()).toISOString();
    for (const entry of this.#parser.push(piece)) {
      this.#takeEntry(entry, created);
      if (this.#group.isFull) await this.#store(signal);
    }
    if (this.#last === undefined) return;
    this.#gatheringSinceMs ??= clock.monotonic();
    this.#readAtMs = clock.monotonic();
    this.#realtimeMs = this.#last.realtimeUs / 1_000;
    this.#lagMs = clock.now() - this.#realtimeMs;
  }

  #takeEntry(entry: JournalEntry, created: string): void {
    const { encoder } = this.#parts;
    const place = placeOf(entry);
    if (place === undefined || this.#repeats.isOne(place.cursor)) return;
    const event = encoder.encode(entry, { realtimeUs: place.realtimeUs, created });
    if (event !== undefined) this.#group.add(event);
    // The numbers of one sequence say nothing of those of another.
    if (this.#last !== undefined && !isOfOneSequence(this.#last.cursor, place.cursor)) {
      this.#position = this.position;
    }
    this.#last = place;
  }

  /** More may come while it is stored: that stays for the next time. */
  async #store(signal: AbortSignal): Promise<void> {
    const [position, last, losses] = [this.position, this.#last, this.#losses];
    if (last === undefined || position === undefined) return;
    const { key, sink } = this.#parts;
    this.#isStoring = true;
    this.#gatheringSinceMs = undefined;
    this.#losses = [];
    try {
      await sink.append({
        stream: "stateless",
        events: this.#group.take(),
        checkpoints: [{ key, value: serializePosition(position) }],
        losses,
      }, signal);
    } finally {
      this.#isStoring = false;
    }
    this.#position = position;
    if (this.#last === last) this.#last = undefined;
  }

  get #isDue(): boolean {
    return this.#parts.clock.monotonic() >= (this.#dueAtMs ?? Infinity);
  }

  /** Monotonic: when what is gathered is to be stored. */
  get #dueAtMs(): number | undefined {
    if (this.#gatheringSinceMs === undefined) return undefined;
    return this.#gatheringSinceMs + (this.#group.size > 0 ? this.#parts.gatherMs : PLACE_ALONE_MS);
  }
}
