/**
 * What holds for whatever the product says about wrong input.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AgentError } from "../../../src/shared/errors.ts";

/** Words of a runtime, not of a program that looked at its input. */
const RAW = [
  /\[object \w+\]/,
  /is not (?:a function|iterable|a constructor)/,
  /Cannot (?:read|set) propert/,
  /\bat \S+ \(?file:\/\//,
  /(?:Type|Range|Reference|Internal)Error/,
  /Maximum call stack/,
];

/** Asserts that a message is one that was meant for a person. */
export function assertPlain(message: string): void {
  assert.notEqual(message.trim(), "");
  for (const raw of RAW) assert.doesNotMatch(message, raw);
}

/**
 * What `action` gives, or `undefined` when it refuses: with an error of the project's own, in plain words.
 *
 * @throws {assert.AssertionError} with the cause, when anything else is thrown
 */
export async function resultOrRefusal<T>(
  action: () => T | Promise<T>,
  check: (refusal: AgentError) => void = () => {},
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    assertPlain(error.message);
    check(error);
    return undefined;
  }
}
