import type { LetterSummary } from "../../../shared/protocol/queue_inspection.ts";

/** A dead letter as it stands in JSON. */
export function letterDocument({ at_ms, ...letter }: LetterSummary) {
  return { ...letter, at: new Date(at_ms).toISOString() };
}
