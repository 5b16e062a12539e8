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
    const value: unknown = NEEDS_CARE.test(text) ? JSON.parse(text, carefully) : JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A number that may be more than is exact here; a half of a character, as JavaScript cuts texts. */
const NEEDS_CARE = /\d{16}|\\u[dD][89a-fA-F]/;

/**
 * Whole numbers that cannot be held exactly stay what was written, as text: mostly they name something. Half a character is
 * replaced: there are servers whose JSON has none, and that would refuse the event.
 */
function carefully(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === "string") return value.toWellFormed();
  const isInexact = typeof value === "number" && Number.isInteger(value) &&
    !Number.isSafeInteger(value);
  const { source = "" } = context ?? {};
  return isInexact && /^-?\d+$/.test(source) ? source : value;
}

/** Whether a value of JSON has members. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
