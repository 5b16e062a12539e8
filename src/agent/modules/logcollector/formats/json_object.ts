/**
 * Objects of JSON.
 *
 * @module
 */

import type { Members } from "./stages.ts";

/** The JSON object that a text is; `undefined` for any other text. */
export function parseObject(text: string): Members | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = LONG_NUMBER.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A number that may be more than is exact here. */
const LONG_NUMBER = /\d{16}/;

/** Whole numbers that cannot be held exactly stay what was written, as text: mostly they name something. */
function exactly(_name: string, value: unknown, context?: { source?: string }): unknown {
  const isInexact = typeof value === "number" && Number.isInteger(value) &&
    !Number.isSafeInteger(value);
  const { source = "" } = context ?? {};
  return isInexact && /^-?\d+$/.test(source) ? source : value;
}

/** Whether a value of JSON has members. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
