/**
 * What command lines have in common: values of options, and how wrong usage ends.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";

/** For `exitOverride`: ends the process, with exit status 2 for wrong usage. */
export function exitAfterUsage({ exitCode }: { exitCode: number }): never {
  Deno.exit(exitCode === 0 ? 0 : 2);
}

/** Makes what `parse` throws a word about the option. */
export function reading(parse: (text: string) => number): (text: string) => number {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
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
