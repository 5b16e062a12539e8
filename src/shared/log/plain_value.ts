/**
 * Anything that is logged as plain data: no cycles, no functions, nothing that throws when it is
 * read, and not too much of it.
 *
 * @module
 */

import { redact } from "./redact.ts";

/** What JSON can say. */
export type PlainValue = string | number | boolean | null | PlainValue[] | {
  [key: string]: PlainValue;
};

const MAX_DEPTH = 4;
const MAX_MEMBERS = 50;
const MAX_CHARACTERS = 4_000;
const MAX_CAUSES = 5;

/** `value` as plain data. Never throws. */
export function plainValue(value: unknown, depth = 0): PlainValue {
  try {
    return convert(value, depth);
  } catch {
    return "[unreadable]";
  }
}

/** An error and its causes in one line: `Cannot send: connection refused`. */
function errorText(error: Error): string {
  const messages: string[] = [];
  let current: unknown = error;
  while (current !== undefined && current !== null && messages.length < MAX_CAUSES) {
    messages.push(current instanceof Error ? current.message || current.name : String(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return messages.filter((message, index) => message !== messages[index - 1]).join(": ");
}

function convert(value: unknown, depth: number): PlainValue {
  switch (typeof value) {
    case "string":
      return cut(value);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      return value === null ? null : convertObject(value, depth);
    case "function":
      return "[function]";
    default:
      return cut(String(value));
  }
}

function convertObject(value: object, depth: number): PlainValue {
  if (value instanceof Error) return cut(errorText(value));
  if (value instanceof Date) return value.toJSON() ?? "invalid date";
  if (value instanceof URL) return cut(value.href);
  if (depth >= MAX_DEPTH) return "[…]";
  if (Array.isArray(value)) {
    return value.slice(0, MAX_MEMBERS).map((item) => plainValue(item, depth + 1));
  }
  if (value instanceof Map) return convertObject(Object.fromEntries(value), depth);
  if (value instanceof Set) return convertObject([...value], depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return Object.fromEntries(
    Object.keys(value).slice(0, MAX_MEMBERS)
      .map((key) => [key, memberOf(value, key)] as const)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, plainValue(member, depth + 1)]),
  );
}

function memberOf(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return "[unreadable]";
  }
}

/** Redacts first: half a token does not look like one any more. */
function cut(text: string): string {
  const harmless = redact(text);
  return harmless.length > MAX_CHARACTERS ? `${harmless.slice(0, MAX_CHARACTERS)}…` : harmless;
}
