/**
 * A quick run finds benchmarks that no longer work: few iterations, small amounts, times that mean
 * nothing.
 *
 * @module
 */

/** Environment variable that asks for a quick run when it is set. */
export const QUICK_VARIABLE = "BENCH_QUICK";

/** True in a quick run. */
export const isQuick: boolean = Deno.env.get(QUICK_VARIABLE) !== undefined;

/** What a run works with: all of it, or what is enough to see that it works. */
export function amount<T>({ full, quick }: { full: T; quick: T }): T {
  return isQuick ? quick : full;
}
