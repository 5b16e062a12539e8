/**
 * Where reading begins, and what is gone by then.
 *
 * | the journal has                              | it is read from                          | told as a loss |
 * | -------------------------------------------- | ---------------------------------------- | -------------- |
 * | the entry that was read last                 | behind it                                | nothing        |
 * | later ones only                              | the first of them                        | the gap        |
 * | nothing from there on: it was made anew      | its beginning, without what was read     | the gap        |
 * | no idea of what the cursor is                | the time of it, without what was read    | the gap        |
 *
 * @module
 */

import type { CollectionLoss } from "../../../shared/protocol/stored_events.ts";
import type { Beginning, EntryPlace, Journalctl } from "./journalctl.ts";
import { entriesBetween, type Position, positionAt } from "./position.ts";

/** Where to start the first time. */
export type StartAt = "end" | "boot" | "beginning";

/** How reading begins. */
export interface Start {
  /** Arguments of journalctl. */
  args: Beginning;
  /** Committed before anything is read; left out when nothing is new about it. */
  position?: Position;
  /** What was read before may come again, and is passed over. */
  mayRepeat: boolean;
  /** Goes to the ledger with the first entries. */
  loss?: CollectionLoss;
}

/** Finds where to begin. */
export async function findStart(
  journal: Journalctl,
  { position, startAt, nowMs, signal }: {
    position: Position | undefined;
    startAt: StartAt;
    nowMs: number;
    signal: AbortSignal;
  },
): Promise<Start> {
  if (position === undefined) return await firstStart(journal, { startAt, nowMs, signal });
  const { cursor } = position;
  if (cursor === null) return { args: [], mayRepeat: false };
  const found = await journal.at(cursor, signal);
  if (found === "refused") {
    return { args: [since(position)], mayRepeat: true, loss: gap(position, undefined) };
  }
  if (found === "none") {
    const newest = await journal.newest("any", signal);
    return { args: [], mayRepeat: true, loss: gap(position, newest) };
  }
  const args = [`--cursor=${cursor}`];
  if (found.cursor === cursor) return { args, mayRepeat: true };
  const between = entriesBetween(cursor, found.cursor);
  // The entry itself is gone, and it was the last one that is.
  if (between === 0) return { args, mayRepeat: true };
  const lost = journal.isFiltered ? undefined : between;
  return { args, mayRepeat: true, loss: gap(position, found, lost) };
}

async function firstStart(
  journal: Journalctl,
  { startAt, nowMs, signal }: { startAt: StartAt; nowMs: number; signal: AbortSignal },
): Promise<Start> {
  const newest = await journal.newest("any", signal);
  if (startAt === "beginning") return { args: [], mayRepeat: false };
  if (startAt === "boot") return { args: ["--boot"], mayRepeat: false };
  // Noted before anything comes: what is written while the agent is down for the first time counts already.
  if (newest !== undefined) {
    const position = positionAt(newest, undefined);
    return { args: [`--cursor=${newest.cursor}`], position, mayRepeat: true };
  }
  const position = { cursor: null, realtimeUs: nowMs * 1_000, sequences: {} };
  return { args: [], position, mayRepeat: false };
}

/** journalctl takes seconds with a fraction. */
function since({ realtimeUs }: Position): string {
  const seconds = Math.floor(realtimeUs / 1_000_000);
  return `--since=@${seconds}.${String(realtimeUs % 1_000_000).padStart(6, "0")}`;
}

function gap(
  { realtimeUs }: Position,
  next: EntryPlace | undefined,
  events = 0,
): CollectionLoss {
  const from = isoOf(realtimeUs);
  const detail = next === undefined || next.realtimeUs < realtimeUs
    ? `after ${from}, where its clock or its files were set back`
    : `from ${from} to ${isoOf(next.realtimeUs)} (${spanText(next.realtimeUs - realtimeUs)})`;
  return { events, bytes: 0, reason: "journal was vacuumed past the cursor", detail };
}

function isoOf(realtimeUs: number): string {
  return new Date(realtimeUs / 1_000).toISOString();
}

function spanText(us: number): string {
  const seconds = Math.round(us / 1_000_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const parts = [`${hours} h`, `${minutes} min`, `${seconds % 60} s`];
  return parts.slice(hours > 0 ? 0 : minutes > 0 ? 1 : 2).join(" ");
}
