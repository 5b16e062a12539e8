/**
 * What becomes of an event once its lines are together: filter → rate → redact → parse → encode.
 *
 * @module
 */

import { parseObject } from "./json_object.ts";
import { merged } from "./members.ts";
import { encodeRecord, type RecordFrame, recordFrame } from "./record_encoder.ts";
import { type Redact, REDACTED, redactMembers } from "../../../redaction/redaction.ts";
import type { Source, SourceCounts } from "./source.ts";
import type { Members, SourceEvent } from "./stages.ts";

/** Where and when events are read. */
export interface EventPlace {
  path: string;
  /** What the path says of the container. */
  container: Members;
  /** Wall clock. */
  wallMs: number;
  /** Monotonic. */
  nowMs: number;
}

/** What was made of an event; without text it is not sent. */
interface MadeEvent {
  text?: string;
  /** True when it is left out and must be told. */
  dropped: boolean;
}

/** Makes events of one location. */
export class EventMaker {
  readonly #source: Source;
  readonly #counts: SourceCounts;
  #frame: RecordFrame & Pick<EventPlace, "path"> & { created: string } | undefined;

  constructor(source: Source, counts: SourceCounts) {
    this.#source = source;
    this.#counts = counts;
  }

  /** Makes an event, or finds out why it is left out. */
  make(event: SourceEvent, place: EventPlace): MadeEvent {
    if (!this.#isWanted(event.text)) {
      this.#counts.filtered_events++;
      return { dropped: false };
    }
    if (this.#source.rate?.admits(event.lines, place.nowMs) === false) {
      this.#counts.rate_dropped_events++;
      return { dropped: true };
    }
    this.#counts.joined_lines += event.lines - 1;
    if (event.flags.includes("unfinished")) this.#counts.cut_events++;
    return { text: this.#encode(event, place), dropped: false };
  }

  #isWanted(text: string): boolean {
    const { include, exclude } = this.#source;
    const isIncluded = include.length === 0 || include.some((pattern) => pattern.test(text));
    return isIncluded && !exclude.some((pattern) => pattern.test(text));
  }

  #encode(event: SourceEvent, { path, container, wallMs }: EventPlace): string {
    const { members: constant } = this.#source;
    const { text, said, isParsed } = this.#understand(event, wallMs);
    const flags = isParsed ? event.flags : [...new Set([...event.flags, "unparsed"])];
    if (flags.includes("unparsed")) this.#counts.unparsed_events++;
    const created = new Date(wallMs).toISOString();
    if (flags.length === 0 && isEmpty(said)) {
      const { before, after } = this.#frameOf({ path, created, members: [container, constant] });
      return before + JSON.stringify(text) + after;
    }
    return encodeRecord({ text, flags, path, created, members: [container, said, constant] });
  }

  /** The same for all events of a block that have nothing of their own but their text. */
  #frameOf(parts: Parameters<typeof recordFrame>[0]): RecordFrame {
    const { path, created } = parts;
    if (this.#frame?.path !== path || this.#frame.created !== created) {
      this.#frame = { path, created, ...recordFrame(parts) };
    }
    return this.#frame;
  }

  /** What is sent of the text, and what it says. */
  #understand({ text, members }: SourceEvent, wallMs: number) {
    const { redact, parsers } = this.#source;
    if (!redact) {
      if (parsers.length === 0) return { text, said: members, isParsed: true };
      const parsed = this.#parse(text, wallMs);
      return { text, said: merged(members, parsed ?? {}), isParsed: parsed !== undefined };
    }
    const clean = redact(text);
    const own = redactMembers(members, redact);
    const ofClean = this.#parse(clean.text, wallMs);
    // What was put in place of a secret may have broken the format; its members are cleaned singly.
    const parsed = ofClean ?? (clean.count > 0 ? this.#parse(text, wallMs) : undefined);
    const said = redactMembers(parsed ?? {}, redact);
    this.#counts.redactions += clean.count + own.count + (ofClean ? said.count : 0);
    // A member had a secret still: in the text it is escaped, so that no pattern saw it there.
    const sent = ofClean && said.count > 0 ? rewritten(clean.text, redact) : clean.text;
    const isParsed = parsed !== undefined || parsers.length === 0;
    return { text: sent, said: merged(own.members, said.members), isParsed };
  }

  #parse(text: string, wallMs: number): Members | undefined {
    for (const parse of this.#source.parsers) {
      const members = parse(text, wallMs);
      if (members !== undefined) return members;
    }
    return undefined;
  }
}

function isEmpty(members: Members): boolean {
  for (const _ in members) return false;
  return true;
}

/** The same object with its members cleaned, or nothing of a text that is none. */
function rewritten(text: string, redact: Redact): string {
  const object = parseObject(text);
  return object ? JSON.stringify(redactMembers(object, redact).members) : REDACTED;
}
