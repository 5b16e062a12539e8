/**
 * Stored events as lines: NDJSON for programs, text for people.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import type { QueuedEvent } from "../../shared/protocol/queue_inspection.ts";
import { visibleJson } from "../../shared/text.ts";
import type { CliIo } from "./cli_io.ts";

/** So much is written at once. */
const WRITE_CHARACTERS = 64 * 1024;

/** Members that stand before an event's own, as JSON text without braces. */
export function membersOf(members: Record<string, unknown>): string {
  return JSON.stringify(members).slice(1, -1);
}

/**
 * An event as a line of JSON, with `members` first. Header and data are the bytes that are sent; those of a damaged event, which may be
 * anything, stand as text.
 */
export function eventLine(
  { header, data, stored_ms, is_intact }: QueuedEvent,
  members: string,
): string {
  const stored = `"stored_at":"${new Date(stored_ms).toISOString()}"`;
  const start = `{${members},${stored}`;
  if (is_intact) return `${start},"header":${header},"data":${data ?? "null"}}\n`;
  return `${start},"damaged":true,"header":${JSON.stringify(header)},"data":${
    JSON.stringify(data)
  }}\n`;
}

/** An event for a terminal: nothing in it can do anything there. */
export function eventText({ stream, event, header, data, is_intact }: QueuedEvent): string {
  const mark = is_intact ? "" : "  DAMAGED";
  const lines = [header, ...(data === null ? [] : [data])];
  return `${stream} ${event}${mark}\n${lines.map((line) => `  ${visibleJson(line)}\n`).join("")}`;
}

/** The same event with every match of `pattern` in its texts hidden. */
export function redacted(event: QueuedEvent, pattern: RegExp | undefined): QueuedEvent {
  if (pattern === undefined || event.data === null) return event;
  const hide = (text: string) => text.replaceAll(pattern, "[redacted]");
  if (!event.is_intact) return { ...event, data: hide(event.data) };
  const hideIn = (_: string, value: unknown) => typeof value === "string" ? hide(value) : value;
  return { ...event, data: JSON.stringify(JSON.parse(event.data, hideIn)) };
}

/** Writes lines as they come; whoever reads them may have had enough. */
export function printLines(io: CliIo, lines: Iterable<string>): void {
  try {
    for (const text of joined(lines)) io.stdout(text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * Writes lines to a new file that only its user can read; returns their number. Nothing is left behind when that fails.
 *
 * @throws {AgentError} `failed`, also when the file exists
 */
export function writeLines(path: string, lines: Iterable<string>): number {
  let count = 0;
  const counted = function* () {
    for (const line of lines) {
      count++;
      yield line;
    }
  };
  using file = create(path);
  try {
    const encoder = new TextEncoder();
    for (const text of joined(counted())) writeAll(file, encoder.encode(text));
    file.syncSync();
  } catch (error) {
    Deno.removeSync(path);
    throw error instanceof AgentError ? error : cannotWrite(path, error);
  }
  return count;
}

function create(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { createNew: true, write: true, mode: 0o600 });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
}

function cannotWrite(path: string, error: unknown): AgentError {
  const exists = error instanceof Deno.errors.AlreadyExists;
  const reason = exists ? "it exists already" : messageOf(error);
  return new AgentError("failed", `Cannot write "${path}": ${reason}`, {
    cause: error,
    hint: exists ? "name a file that does not exist yet" : "name a file that can be written",
  });
}

function* joined(lines: Iterable<string>): Generator<string> {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < WRITE_CHARACTERS) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}
