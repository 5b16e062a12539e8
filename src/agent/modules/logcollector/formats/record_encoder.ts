/**
 * Turns one event of a location that asks for more than lines into text.
 *
 * @module
 */

import { encodeStateless } from "../../../../shared/protocol/event_encoder.ts";
import { merged } from "./members.ts";
import type { Members } from "./stages.ts";

/** What an event is made of. */
interface EventParts {
  text: string;
  flags: readonly string[];
  path: string;
  /** When it was read: ISO 8601, UTC. */
  created: string;
  /** What its line or its format says; the first may be overruled by what comes behind. */
  members: readonly Members[];
}

/** What stands before and behind the text in events that say nothing else of their own. */
export interface RecordFrame {
  before: string;
  after: string;
}

/** The frame of all events with these parts. */
export function recordFrame(parts: Omit<EventParts, "text" | "flags">): RecordFrame {
  const event = encodeRecord({ ...parts, text: "", flags: [] });
  const mark = `"original":`;
  const start = event.indexOf(mark) + mark.length;
  return { before: event.slice(0, start), after: event.slice(start + `""`.length) };
}

/** The encoded event. What the agent says of it no member overrules. */
export function encodeRecord({ text, flags, path, created, members }: EventParts): string {
  const own = {
    event: { original: text, created },
    log: { file: { path }, ...(flags.length > 0 && { flags }) },
  };
  const header = { module: "logcollector", collector: "file" };
  return encodeStateless(header, merged(own, ...members, own));
}
