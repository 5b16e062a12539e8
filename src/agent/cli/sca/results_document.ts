/**
 * The results of a policy as `agent sca check --json` prints them.
 *
 * @module
 */

import type { CheckOutcome } from "../../modules/sca/evaluate/evaluate_check.ts";
import type { PolicyProblem, Ruling } from "../../modules/sca/language/policy.ts";
import type { LiveResults } from "../../modules/sca/live.ts";
import { summaryOf } from "../../modules/sca/summary.ts";

/** A rule; `verdict` is null when another one had decided before. */
interface RuleDocument {
  rule: string;
  line: number;
  column: number;
  verdict: string | null;
  seen: string | null;
}

interface Rulings {
  condition: string | null;
  result: string;
  reason: string | null;
  rules: RuleDocument[];
}

/** The whole document. */
export interface ResultsDocument {
  schema: 1;
  policy: { id: string; name: string; file: string };
  requirements: Rulings & { title: string } | null;
  checks: (Rulings & { id: string; name: string })[];
  summary: ReturnType<typeof summaryOf>;
  problems: readonly PolicyProblem[];
}

/** Builds it. */
export function resultsDocument(file: string, results: LiveResults): ResultsDocument {
  const { policy: { id, name, requirements, checks }, outcomes, problems } = results;
  const looked = checks.flatMap((check) => {
    const outcome = outcomes.get(check.id);
    return outcome === undefined ? [] : [{
      id: check.id,
      name: check.name,
      ...rulings(check, outcome),
    }];
  });
  return {
    schema: 1,
    policy: { id, name, file },
    requirements: requirements === undefined ? null : {
      title: requirements.title,
      ...rulings(requirements, results.requirements),
    },
    checks: looked,
    summary: summaryOf(looked.map(({ result }) => result)),
    problems,
  };
}

function rulings(
  { condition, rules }: Ruling,
  { result, reason, traces }: CheckOutcome,
): Rulings {
  return {
    condition: condition ?? null,
    result,
    reason,
    rules: rules.map(({ text, line, column }, index) => ({
      rule: text,
      line,
      column,
      verdict: traces[index]?.verdict ?? null,
      seen: traces[index]?.seen ?? null,
    })),
  };
}
