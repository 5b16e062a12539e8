/**
 * Moments as people name them: a duration before now, or a time.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "../../shared/config/units.ts";

/** Flags and description of the option. */
export const SINCE_FLAGS = "--since <time>";

/** Milliseconds of the wall clock for `90m` (that long ago) or a time such as `2026-01-31T08:00:00Z`. */
export function momentOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return Date.now() - durationMs;
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError(
    "Neither a duration such as 30m nor a time such as 2026-01-31T08:00:00Z.",
  );
}

/** A moment in ISO 8601, in seconds, UTC. */
export function timeText(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
}
