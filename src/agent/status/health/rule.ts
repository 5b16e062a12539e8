/**
 * What a rule of health is, and what rules have in common.
 *
 * @module
 */

import type { HealthLevel, HealthReason } from "../../../shared/protocol/health.ts";
import type { StatusDocument } from "../../../shared/protocol/status_document.ts";

/** When what counts: the section `health` of the configuration, durations in milliseconds. */
export interface HealthOptions {
  degraded_after: number;
  failing_after: number;
  recent: number;
  /** Percent. */
  queue_used: number;
  /** Times the bytes that stay free. */
  disk_headroom: number;
  clock_off_by: number;
  unmatched_location: "degraded" | "ignore";
}

/** All that a rule looks at: the document, but for what rules make of it. */
export type StatusFacts = Omit<StatusDocument, "health">;

/** Against what a document is judged. */
export interface HealthContext {
  options: HealthOptions;
  /** Wall clock. */
  nowMs: number;
}

/** Finds reasons of a few kinds. Pure. */
export type Rule = (facts: StatusFacts, context: HealthContext) => HealthReason[];

/** The level of what may pass by itself and has been so since `since`. */
export function levelOfLasting(
  since: string | null,
  { options: { degraded_after, failing_after }, nowMs }: HealthContext,
): HealthLevel {
  const ageMs = since === null ? 0 : nowMs - Date.parse(since);
  if (ageMs >= failing_after) return "failing";
  return ageMs >= degraded_after ? "degraded" : "note";
}

/** Whether something happened so lately that it still counts. */
export function isRecent(
  at: string | null,
  { options: { recent }, nowMs }: HealthContext,
): at is string {
  return at !== null && nowMs - Date.parse(at) < recent;
}
