/**
 * How often `--watch` looks.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "../../../shared/config/units.ts";
import { AgentError } from "../../../shared/errors.ts";

/** When nobody says otherwise. */
export const DEFAULT_INTERVAL_MS = 2_000;
const SHORTEST_INTERVAL_MS = 500;
const LONGEST_INTERVAL_MS = 3_600_000;

/** The value of `--interval`, in milliseconds. */
export function parseInterval(text: string): number {
  const intervalMs = parseDuration(text) ?? NaN;
  if (intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS) return intervalMs;
  throw new InvalidArgumentError("Expected a duration from 500ms to 1h, such as 2s.");
}

/**
 * Refuses an interval of nothing.
 *
 * @throws {AgentError} `usage`
 */
export function requireWatched(
  { watch, interval }: { watch?: true | undefined; interval?: number | undefined },
  command: string,
): void {
  if (interval === undefined || watch) return;
  throw new AgentError("usage", "--interval says how often --watch looks, and there is none", {
    hint: `${command} --watch --interval 5s`,
  });
}
