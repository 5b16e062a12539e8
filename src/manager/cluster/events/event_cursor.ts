/**
 * How far somebody has read the streams of events: for each, in their order and with commas between, the sequence of a message, with a
 * dot and a number when only so many events of it were read. `812.3,45,0`: three events of message 812 of the first stream, all of
 * message 45 of the second one, nothing of the third.
 *
 * @module
 */

import { InvalidRequest } from "../../invalid_request.ts";

/** A place in a stream. */
export interface StreamPlace {
  /** Of the newest message that was read, if only in part; 0 for none. */
  sequence: number;
  /** How many events of it were read; 0 for all. */
  events: number;
}

const PLACE = /^(\d{1,16})(?:\.(\d{1,7}))?$/;

/** A place in each stream. */
export type EventCursor = readonly StreamPlace[];

/**
 * Reads a cursor.
 *
 * @throws InvalidRequest when it is none of that many streams
 */
export function parseCursor(text: string, streams: number): EventCursor {
  if (text === "0") return Array.from({ length: streams }, () => ({ sequence: 0, events: 0 }));
  const places = text.split(",").map((part) => PLACE.exec(part));
  if (places.length !== streams || places.includes(null)) {
    throw new InvalidRequest(
      `after is not the number of an event of this cluster, which has ${streams} streams of events`,
    );
  }
  return places.map((found) => ({
    sequence: Number(found?.[1]),
    events: Number(found?.[2] ?? 0),
  }));
}

/** The text of a cursor. */
export function cursorText(cursor: EventCursor): string {
  return cursor.map(({ sequence, events }) =>
    events === 0 ? `${sequence}` : `${sequence}.${events}`
  )
    .join(",");
}
