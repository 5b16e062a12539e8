/**
 * Values of flags, and how wrong usage ends.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "../config/units.ts";

/** For `exitOverride`: ends the process, with exit status 2 for wrong usage. */
export function exitAfterUsage({ exitCode }: { exitCode: number }): never {
  Deno.exit(exitCode === 0 ? 0 : 2);
}

/** A number from 0 on. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Not a whole number");
  return Number(text);
}

/** A number from 1 on. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError("Not a whole number above 0");
  return value;
}

/** Milliseconds of a duration. */
export function duration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  throw new InvalidArgumentError("Not a duration such as 500ms, 30s, 5m, 1h or 7d");
}
