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

/** The encoded event. What the agent says of it no member overrules. */
export function encodeRecord({ text, flags, path, created, members }: EventParts): string {
  const own = {
    event: { original: text, created },
    log: { file: { path }, ...(flags.length > 0 && { flags }) },
  };
  const header = { module: "logcollector", collector: "file" };
  return encodeStateless(header, merged(own, ...members, own));
}
