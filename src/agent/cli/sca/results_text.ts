/**
 * The results of a policy for a person.
 *
 * @module
 */

import { visible } from "../../../shared/text.ts";
import type { ResultsDocument } from "./results_document.ts";

/** What a verdict says of a rule. */
const VERDICTS: Readonly<Record<string, string>> = {
  found: "holds",
  not_found: "does not hold",
  invalid: "says nothing here",
  not_run: "did not end",
};

type Rulings = ResultsDocument["checks"][number];

/** The text: a paragraph for each check, then the numbers. */
export function resultsText(
  { policy, requirements, checks, summary, problems }: ResultsDocument,
): string {
  const lines = [`${policy.name} (${policy.id}, ${policy.file})`, ""];
  if (requirements !== null) {
    lines.push(
      `Requirements: ${requirements.title}: ${
        requirements.result === "Passed" ? "met" : "not met, so no check is applicable"
      }`,
    );
    lines.push(...ruleLines(requirements, policy.file), "");
  }
  const isLooked = requirements === null || requirements.result === "Passed";
  for (const check of isLooked ? checks : []) {
    lines.push(
      `${check.result.padEnd(14)}  ${check.id}  ${check.name} (${
        check.condition ?? "no condition"
      })`,
    );
    lines.push(...ruleLines(check, policy.file));
    if (check.rules.length === 0 && check.reason !== null) lines.push(`    ${check.reason}`);
    lines.push("");
  }
  if (problems.length > 0) {
    lines.push(`Mistakes in the policy: ${problems.length}, see agent sca lint ${policy.file}`);
  }
  const { passed, failed, not_applicable, not_run, score } = summary;
  const percent = score === null ? "" : ` · score ${(100 * score).toFixed(0)} %`;
  lines.push(
    `${passed} passed · ${failed} failed · ${not_applicable} not applicable · ${not_run} not run${percent}`,
  );
  return lines.map((line) => `${visible(line)}\n`).join("");
}

function ruleLines({ rules, reason }: Pick<Rulings, "rules" | "reason">, file: string): string[] {
  const isCut = rules.every(({ verdict }) => verdict === null);
  const lines = rules.flatMap(({ rule, line, column, verdict, seen }) => {
    const word = verdict === null ? "not looked at" : VERDICTS[verdict] ?? verdict;
    return [
      `    ${file}:${line}:${column}  ${word}  ${rule}`,
      ...(seen === null || seen === "" ? [] : [`        ${seen}`]),
    ];
  });
  return isCut && rules.length > 0 && reason !== null ? [...lines, `        ${reason}`] : lines;
}
