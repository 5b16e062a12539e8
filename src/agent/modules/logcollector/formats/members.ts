/**
 * Putting the parts of an event together.
 *
 * @module
 */

import { isObject } from "./json_object.ts";
import type { Members } from "./stages.ts";

/** Deeper than this nobody means it. */
const MOST_LEVELS = 32;

/** All members; where several have one, the last counts, and objects are put together. */
export function merged(...all: readonly Members[]): Members {
  const result: Members = Object.create(null);
  for (const members of all) {
    for (const [name, value] of Object.entries(members)) {
      const before = result[name];
      result[name] = isObject(value) && isObject(before) ? merged(before, value) : value;
    }
  }
  return result;
}

/** Sets the member at `path`, the names of members within each other. False when something else is in the way. */
export function place(members: Members, path: readonly string[], value: unknown): boolean {
  const [name = "", ...inner] = path;
  const before = Object.hasOwn(members, name) ? members[name] : undefined;
  if (inner.length === 0) {
    if (before !== undefined) return false;
    members[name] = value;
    return true;
  }
  if (before !== undefined && !isObject(before)) return false;
  const next = before ?? Object.create(null);
  members[name] = next;
  return place(next, inner, value);
}

/** Whether no object or list in `value` lies deeper than is meant. */
export function isShallow(value: unknown, levels = MOST_LEVELS): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
