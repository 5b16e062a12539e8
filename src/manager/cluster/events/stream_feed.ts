/**
 * The events of a cluster, page by page, at whichever manager: a place is one in the streams, which all managers have.
 *
 * @module
 */

import { ConflictingRequest } from "../../conflicting_request.ts";
import { eventLine } from "../../events/event_lines.ts";
import { type EventFeed, type EventPage, MAX_PAGE_CHARACTERS } from "../../stores/event_feed.ts";
import { cursorText, type EventCursor, parseCursor, type StreamPlace } from "./event_cursor.ts";
import { eventsIn } from "./message_events.ts";
import type { MessageReader } from "./message_reader.ts";
import type { Names } from "../link/names.ts";

/** Which events of a stream are read. */
interface Part {
  stream: string;
  place: StreamPlace;
  lastSequence: number;
  events: number;
  characters: number;
}

/** Reads them. */
export class StreamFeed implements EventFeed {
  readonly #reader: MessageReader;
  readonly #names: Names;

  constructor(reader: MessageReader, names: Names) {
    this.#reader = reader;
    this.#names = names;
  }

  async page(after = "0", limit: number): Promise<EventPage> {
    const { eventStreams } = this.#names;
    let cursor = parseCursor(after, eventStreams.length);
    const lines: string[] = [];
    let missing = 0;
    for (const [index, stream] of eventStreams.entries()) {
      const bounds = await this.#reader.boundsOf(stream);
      const place = cursor[index] as StreamPlace;
      checkPlace(stream, place, bounds);
      missing += missingBetween(place, bounds.first);
      // Each stream has its share of the page: none waits for the end of another one.
      const share = Math.ceil(limit / eventStreams.length);
      const characters = MAX_PAGE_CHARACTERS / eventStreams.length;
      const part = { stream, place, lastSequence: bounds.last, events: share, characters };
      for await (const read of this.#read(part, { cursor, index })) {
        lines.push(read.line);
        cursor = read.cursor;
      }
    }
    return { text: lines.slice(0, limit).join(""), missing: { count: missing, of: "batches" } };
  }

  /** The events of one stream, as lines, with where each of them leads. */
  async *#read(part: Part, at: { cursor: EventCursor; index: number }) {
    let { events, characters } = part;
    const { sequence } = part.place;
    const first = part.place.events > 0 ? sequence : sequence + 1;
    const bounds = { first, last: part.lastSequence };
    for await (const message of this.#reader.messages(part.stream, bounds)) {
      const all = eventsIn(message);
      const before = message.seq === part.place.sequence ? part.place.events : 0;
      for (const event of all.slice(before)) {
        if (events-- <= 0 || characters <= 0) return;
        const read = event.number === all.length ? 0 : event.number;
        const cursor = at.cursor.with(at.index, { sequence: message.seq, events: read });
        const line = `${eventLine({ ...event, number: cursorText(cursor) })}\n`;
        characters -= line.length;
        yield { line, cursor };
      }
      if (events <= 0 || characters <= 0) return;
    }
  }
}

/** Batches that went before they were read, or before all of them was. */
function missingBetween({ sequence, events }: StreamPlace, first: number): number {
  return Math.max(0, first - sequence - (events > 0 ? 0 : 1));
}

function checkPlace(
  stream: string,
  { sequence }: StreamPlace,
  { last }: { last: number },
): void {
  if (sequence <= last) return;
  const why = "after counts those of another cluster, or of one before a backup was put back";
  throw new ConflictingRequest(`The newest batch of ${stream} is number ${last}: ${why}`);
}
