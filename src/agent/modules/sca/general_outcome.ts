import type { CheckOutcome, CheckResult } from "./evaluate/evaluate_check.ts";

/** What requirements that are not met make of every check; `undefined` when they are met. */
export function generalOutcome(outcome: CheckOutcome, title: string): CheckOutcome | undefined {
  if (outcome.result === "Passed") return undefined;
  const result: CheckResult = outcome.result === "Not run" ? "Not run" : "Not applicable";
  const reason = ["requirements not met", title, outcome.reason ?? ""].filter((text) =>
    text !== ""
  );
  return { result, reason: reason.join(": ").slice(0, 256), traces: [] };
}
