/**
 * Makes an event of a line.
 *
 * @module
 */

import { AgentError, messageOf } from "../../../shared/errors.ts";
import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import type { InputLine } from "./read_lines.ts";

/** What is the same for all lines. */
interface LineForm {
  module: string;
  collector: string;
  /** Each line is a JSON object: the members of its event. */
  ndjson: boolean;
  /** When it is sent: ISO 8601, UTC. */
  created: string;
}

/**
 * The event of a line, ready to be stored.
 *
 * @throws {AgentError} `usage` for a line that is no JSON object and should be one
 */
export function encodeLine(line: InputLine, form: LineForm): string {
  const { module, collector, ndjson } = form;
  const data = ndjson ? objectOf(line, form) : textOf(line, form);
  return encodeStateless({ module, collector }, data);
}

function textOf({ text, truncated }: InputLine, { created }: LineForm): object {
  const log = truncated ? { log: { flags: ["truncated"] } } : {};
  return { event: { original: text, created }, ...log };
}

/** Its own members, and when it was sent unless it says that itself. */
function objectOf(line: InputLine, { created }: LineForm): object {
  const { event = {}, ...others } = parse(line);
  if (!isObject(event)) throw wrong(line, 'its member "event" is no object');
  if ("agent" in others) throw wrong(line, 'its member "agent" is what the agent says of itself');
  return { event: { created, ...event }, ...others };
}

function parse(line: InputLine): Record<string, unknown> {
  if (line.truncated) throw wrong(line, "it is longer than 1 MiB");
  try {
    const value: unknown = parseExactly(line.text);
    if (isObject(value)) return value;
  } catch (error) {
    throw wrong(line, messageOf(error));
  }
  throw wrong(line, "it is another JSON value");
}

/** A number that may be more than can be held exactly; a half of a character. */
const NEEDS_CARE = /\d{16}|\\u[dD][89a-fA-F]/;

/** Whole numbers that cannot be held exactly are written again as they were; half a character no server has to take. */
function parseExactly(text: string): unknown {
  if (!NEEDS_CARE.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_name, value, context?: { source?: string }) => {
    if (typeof value === "string") return value.toWellFormed();
    const isInexact = Number.isInteger(value) && !Number.isSafeInteger(value);
    const { source = "" } = context ?? {};
    return isInexact && /^-?\d+$/.test(source) ? RAW.rawJSON(source) : value;
  });
}

/** Not in the types of the language yet (ECMAScript 2026). */
const RAW = JSON as typeof JSON & { rawJSON(text: string): object };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong({ number }: InputLine, reason: string): AgentError {
  return new AgentError("usage", `Line ${number} is no JSON object that can be sent: ${reason}`, {
    hint: "mend the line and send it and those behind it; without --ndjson any text is sent",
  });
}
