/**
 * The results of a policy in numbers.
 *
 * @module
 */

/** How many checks came out how; `score` is the part of those that were decided that passed, null when none was. */
export interface Summary {
  passed: number;
  failed: number;
  not_applicable: number;
  not_run: number;
  score: number | null;
}

/** Counts results, which are those of the documents. */
export function summaryOf(results: readonly string[]): Summary {
  const count = (result: string) => results.filter((one) => one === result).length;
  const [passed, failed] = [count("Passed"), count("Failed")];
  return {
    passed,
    failed,
    not_applicable: count("Not applicable"),
    not_run: count("Not run"),
    score: passed + failed === 0 ? null : Number((passed / (passed + failed)).toFixed(4)),
  };
}
