/**
 * Decides over a check by its rules.
 *
 * @module
 */

import type { Ruling, WrittenRule } from "../language/policy.ts";
import { readRule, type Rule } from "../language/rule.ts";
import type { RuleOutcome, Verdict } from "./rule_outcome.ts";

/** How a check came out, in the words of the documents. */
export type CheckResult = "Passed" | "Failed" | "Not applicable" | "Not run";

/** A rule that was looked at. */
export interface RuleTrace extends WrittenRule, RuleOutcome {}

/** A result, and what it rests on. */
export interface CheckOutcome {
  result: CheckResult;
  /** Why, when it is not passed; with a deciding rule only what stands before what was seen of it. */
  reason: string | null;
  /** Which of the rules decided, when it is not passed. */
  deciding?: number;
  /** The rules that were looked at, in their order; those behind a decisive one were not. */
  traces: readonly RuleTrace[];
}

/** Which verdict of one rule decides, and to what; what it is when none did. */
const DECISIONS = {
  all: { on: "not_found", result: "Failed", otherwise: "Passed" },
  none: { on: "found", result: "Failed", otherwise: "Passed" },
  any: { on: "found", result: "Passed", otherwise: "Failed" },
} as const;

/** Looks at rules in their order until one decides. */
export async function evaluateCheck(
  { condition, rules }: Ruling,
  evaluate: (rule: Rule) => RuleOutcome | Promise<RuleOutcome>,
): Promise<CheckOutcome> {
  const traces: RuleTrace[] = [];
  if (condition === undefined) return inapplicable("its condition is missing", traces);
  if (rules.length === 0) return inapplicable("it has no rules for this system", traces);
  const { on, result, otherwise } = DECISIONS[condition];
  for (const written of rules) {
    const { rule, invalid } = readRule(written.text);
    const outcome: RuleOutcome = rule === undefined
      ? { verdict: "invalid", seen: invalid ?? "it cannot be read" }
      : await evaluate(rule);
    traces.push({ ...written, ...outcome });
    if (outcome.verdict !== on) continue;
    return result === "Passed" ? passed(traces) : decidedBy(traces.length - 1, result, traces);
  }
  return undecided(otherwise, traces);
}

/** No rule decided: what did not end or says nothing comes before what the condition says then. */
function undecided(otherwise: "Passed" | "Failed", traces: readonly RuleTrace[]): CheckOutcome {
  const unfinished = indexOf(traces, "not_run");
  if (unfinished !== -1) return decidedBy(unfinished, "Not run", traces);
  const invalid = indexOf(traces, "invalid");
  if (invalid !== -1) return decidedBy(invalid, "Not applicable", traces);
  if (otherwise === "Passed") return passed(traces);
  const outcome = decidedBy(0, "Failed", traces);
  return traces.length === 1
    ? outcome
    : { ...outcome, reason: `the first of ${traces.length} rules, of which none holds` };
}

function passed(traces: readonly RuleTrace[]): CheckOutcome {
  return { result: "Passed", reason: null, traces };
}

function decidedBy(
  deciding: number,
  result: CheckResult,
  traces: readonly RuleTrace[],
): CheckOutcome {
  return { result, reason: null, deciding, traces };
}

function inapplicable(reason: string, traces: readonly RuleTrace[]): CheckOutcome {
  return { result: "Not applicable", reason, traces };
}

function indexOf(traces: readonly RuleTrace[], verdict: Verdict): number {
  return traces.findIndex((trace) => trace.verdict === verdict);
}
