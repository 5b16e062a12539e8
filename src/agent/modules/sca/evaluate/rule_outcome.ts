/**
 * What came of a rule.
 *
 * @module
 */

/** `invalid`: it can say nothing here; `not_run`: it did not come to an end. */
export type Verdict = "found" | "not_found" | "invalid" | "not_run";

/** A rule's verdict, and what it rests on. */
export interface RuleOutcome {
  verdict: Verdict;
  /** What was compared, or why nothing could be; it may be long, and hold secrets. */
  seen: string;
  /** Whether `seen` quotes what a file or a command says. @default it does not */
  isContent?: boolean;
}

/** `not ` before a rule turns it round; what says nothing stays so. */
export function negate(outcome: RuleOutcome): RuleOutcome {
  const { verdict } = outcome;
  if (verdict === "found") return { ...outcome, verdict: "not_found" };
  return verdict === "not_found" ? { ...outcome, verdict: "found" } : outcome;
}
