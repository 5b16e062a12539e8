/**
 * How following the journal stands, as the status tells it.
 *
 * @module
 */

import { isoOrNull } from "../../../shared/clock.ts";
import type { FollowedFile, ModuleProblem } from "../../../shared/protocol/part_status.ts";

/** Remembers what went wrong. */
export class JournalTroubles {
  /** Wall clock: since when the journal has had no entries. */
  emptySinceMs: number | undefined;
  #last: { message: string; at: string } | undefined;
  #oftenSinceMs: number | undefined;

  /** What journalctl ended with last. */
  get last(): { message: string; at: string } | undefined {
    return this.#last;
  }

  /** journalctl ended; `isTooOften` when it does so again and again. */
  noteEnd(message: string, { isTooOften, nowMs }: { isTooOften: boolean; nowMs: number }): void {
    this.#last = { message, at: new Date(nowMs).toISOString() };
    this.#oftenSinceMs = isTooOften ? this.#oftenSinceMs ?? nowMs : undefined;
  }

  /** What is not mended; `hasRead` when journalctl gave something since it was started. */
  problems({ isTooOften, hasRead }: { isTooOften: boolean; hasRead: boolean }): ModuleProblem[] {
    return [
      ...(isTooOften ? [this.#endsOften()] : []),
      ...(this.emptySinceMs !== undefined && !hasRead ? [isEmpty(this.emptySinceMs)] : []),
    ];
  }

  #endsOften(): ModuleProblem {
    return {
      code: "unreadable",
      subject: "journal",
      message: `journalctl ended more than five times in ten minutes: ${this.#last?.message}`,
      since: isoOrNull(this.#oftenSinceMs) ?? "",
      hint: "journalctl --verify says whether the journal's files are damaged",
    };
  }
}

function isEmpty(sinceMs: number): ModuleProblem {
  return {
    code: "nothing_matches",
    subject: "journal",
    message: "the journal has no entries",
    since: isoOrNull(sinceMs) ?? "",
    hint: "see whether journalctl -n 1 shows one; where systemd-journald does not run: " +
      "agent modules disable journald",
  };
}

/** The journal among the followed files: it has no positions in bytes. */
export function asFollowedFile(
  name: string,
  { behindMs, reason, troubles }: {
    /** `undefined` while journalctl does not run. */
    behindMs: number | undefined;
    reason: string | undefined;
    troubles: JournalTroubles;
  },
): FollowedFile {
  return {
    path: name,
    state: behindMs === undefined ? "not_followed" : "followed",
    position_bytes: null,
    size_bytes: null,
    lag_bytes: null,
    lag_s: behindMs === undefined ? null : Math.round(behindMs) / 1_000,
    events_per_s: null,
    reason: reason ?? null,
    last_error: troubles.last ?? null,
  };
}
