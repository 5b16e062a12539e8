/**
 * Priorities of syslog.
 *
 * @module
 */

/** Words for them, the most urgent first; the index is the number in the journal. */
export const PRIORITY_WORDS = [
  "emerg",
  "alert",
  "crit",
  "err",
  "warning",
  "notice",
  "info",
  "debug",
] as const;

/** A word for a priority. */
export type Priority = (typeof PRIORITY_WORDS)[number];

/** Those that are at least that urgent, as they stand in the journal. */
export function prioritiesUpTo(priority: Priority): string[] {
  return PRIORITY_WORDS.slice(0, PRIORITY_WORDS.indexOf(priority) + 1)
    .map((_, index) => String(index));
}
