/**
 * The journal of commands, for people and for programs.
 *
 * @module
 */

import type { JournalEntry } from "../../../shared/protocol/commands.ts";
import { oneLine, visible } from "../../../shared/text.ts";

/** What `agent commands --json` prints. Within `"schema": 1` members are added, never renamed or removed. */
interface CommandsDocument {
  schema: 1;
  /** Newest first. */
  commands: CommandReport[];
}

/** One command. Times are ISO 8601 in UTC, `null` until they come. */
interface CommandReport {
  id: string;
  /** `null` for a malformed command that names none. */
  action: string | null;
  state: "received" | "running" | "done" | "reported";
  /** 0 success, 1 failure, 3 time-out; `null` while there is no result. */
  code: number | null;
  message: string | null;
  /** What the command returned, as text. */
  data: string | null;
  received_at: string;
  /** `null` also for a command that was answered without being run. */
  started_at: string | null;
  done_at: string | null;
  /** When its result went into the queue. */
  reported_at: string | null;
  /** When its result was found to have left the queue. */
  delivered_at: string | null;
}

/** The document of these rows. */
export function commandsDocument(entries: readonly JournalEntry[]): CommandsDocument {
  return { schema: 1, commands: entries.map(commandReport) };
}

const HEADINGS = ["RECEIVED", "ID", "ACTION", "STATE", "TOOK", "RESULT"];
const NO_TEXT = "-";

/** A table for a terminal, newest command first. */
export function commandsText(entries: readonly JournalEntry[]): string {
  if (entries.length === 0) return "No command has come yet.\n";
  const rows = [HEADINGS, ...entries.map((entry) => cells(entry).map(visible))];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ").trimEnd() + "\n"
  ).join("");
}

function commandReport(entry: JournalEntry): CommandReport {
  const { document_id: id, action, state, code, message, data } = entry;
  return {
    id,
    action,
    state,
    code,
    message,
    data,
    received_at: iso(entry.received_ms),
    started_at: entry.started_ms === null ? null : iso(entry.started_ms),
    done_at: entry.done_ms === null ? null : iso(entry.done_ms),
    reported_at: entry.reported_ms === null ? null : iso(entry.reported_ms),
    delivered_at: entry.delivered_ms === null ? null : iso(entry.delivered_ms),
  };
}

function cells(entry: JournalEntry): string[] {
  const received = iso(entry.received_ms).replace(/\.\d+Z$/, "Z");
  const { document_id, action, state } = entry;
  return [received, document_id, action ?? NO_TEXT, state, tookText(entry), resultText(entry)];
}

function tookText({ started_ms, done_ms }: JournalEntry): string {
  return started_ms === null || done_ms === null
    ? NO_TEXT
    : `${((done_ms - started_ms) / 1000).toFixed(1)} s`;
}

function resultText({ code, message }: JournalEntry): string {
  if (code === null) return NO_TEXT;
  const outcome = code === 0 ? "success" : code === 3 ? "time-out" : "failure";
  return message ? `${outcome}: ${oneLine(message)}` : outcome;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
