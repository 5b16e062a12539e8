/**
 * Notices a journalctl that follows and tells nothing although there is something: it has missed a rotation more than once.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import type { EntryPlace, Journalctl } from "./journalctl.ts";
import { isBehind } from "./position.ts";
import type { Reading } from "./reading.ts";

/** What is asked of the journal. */
type Questions = Pick<Journalctl, "isFiltered" | "newest">;

/** How often the newest entry is looked at. */
const LOOK_MS = 300_000;
/** How long newer entries may be there without one of them coming. */
const PATIENCE_MS = 120_000;

/**
 * Resolves with what is wrong once nothing comes any more.
 *
 * @throws the signal's reason when aborted
 */
export async function whenStuck(
  reading: Pick<Reading, "mark" | "position" | "passTo">,
  { journal, clock, signal }: { journal: Questions; clock: Clock; signal: AbortSignal },
): Promise<string> {
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    const mark = reading.mark;
    const newest = await look(journal, signal);
    if (newest === undefined || mark === undefined) continue;
    if (!isAhead(newest.matching, reading)) {
      // Nothing of what the filters want stands before it, so it is as good as read: it may stay for longer than what was.
      if (isAhead(newest.any, reading) && newest.any) await reading.passTo(newest.any, signal);
      continue;
    }
    await clock.sleep(PATIENCE_MS, signal);
    if (reading.mark === mark) {
      return "journalctl told nothing for two minutes although there are newer entries";
    }
  }
}

function isAhead(place: EntryPlace | undefined, { position }: Pick<Reading, "position">): boolean {
  return place !== undefined && position !== undefined && isBehind(place, position);
}

/** In this order: what comes in between is behind `any`. */
async function look(journal: Questions, signal: AbortSignal) {
  try {
    const any = journal.isFiltered ? await journal.newest("any", signal) : undefined;
    return { any, matching: await journal.newest("matching", signal) };
  } catch {
    signal.throwIfAborted();
    // A question that fails says nothing of the reading.
    return undefined;
  }
}
