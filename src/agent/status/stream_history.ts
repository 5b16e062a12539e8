/**
 * When a stream's events came to an end, and how: what the sums of its account do not tell.
 *
 * @module
 */

import type { StreamReport } from "../../shared/protocol/status_document.ts";
import type { Account } from "../../shared/protocol/stored_events.ts";

/** What of a {@linkcode StreamReport} is known from its past. */
export type StreamPast = Pick<
  StreamReport,
  | "last_acknowledged_at"
  | "last_dead_lettered_at"
  | "last_dropped_at"
  | "dead_lettered_in_row"
  | "dead_lettered_in_row_since"
>;

/** Nothing has happened yet. */
export const NO_PAST: StreamPast = {
  last_acknowledged_at: null,
  last_dead_lettered_at: null,
  last_dropped_at: null,
  dead_lettered_in_row: 0,
  dead_lettered_in_row_since: null,
};

/** Follows one stream's account from the start on, as exactly as it is told often. */
export class StreamHistory {
  #account: Account | undefined;
  #past = NO_PAST;

  /** What is known so far. */
  get past(): StreamPast {
    return this.#past;
  }

  /** The account as it is at `nowMs`, wall clock. */
  observe(account: Account, nowMs: number): void {
    const before = this.#account ?? account;
    this.#account = account;
    const rise = (of: "acknowledged" | "dead_lettered") => account[of].events - before[of].events;
    const at = new Date(nowMs).toISOString();
    const refused = rise("dead_lettered");
    const past = { ...this.#past };
    if (refused > 0) {
      past.last_dead_lettered_at = at;
      past.dead_lettered_in_row += refused;
      past.dead_lettered_in_row_since ??= at;
    }
    if (rise("acknowledged") > 0) {
      Object.assign(past, { last_acknowledged_at: at, ...NO_ROW });
    }
    if (hasDropped(before, account)) past.last_dropped_at = at;
    this.#past = past;
  }
}

const NO_ROW = { dead_lettered_in_row: 0, dead_lettered_in_row_since: null };

function hasDropped({ dropped: before }: Account, { dropped: now }: Account): boolean {
  return now.events > before.events || now.bytes > before.bytes;
}
