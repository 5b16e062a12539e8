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
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value of JSON has members. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
