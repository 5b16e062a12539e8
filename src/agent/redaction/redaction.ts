/**
 * Takes secrets out of an event before anything of it is stored.
 *
 * The text, and every member by itself: a member may have in clear what is escaped in the text.
 *
 * @module
 */

import { redactCards } from "./card_numbers.ts";
import { type SecretPattern } from "./secret_patterns.ts";
import type { Pattern } from "./types.ts";

/** Members of an event, by name. */
type Members = { [name: string]: unknown };

/** What stands in the place of a secret that says nothing else. */
export const REDACTED = "[redacted]";

/** Replaces what must not be sent; how often it did. */
export type Redact = (text: string) => { text: string; count: number };

/** Replaces what a pattern of the configuration matches. */
export function redactPattern(pattern: Pattern, replacement: string): Redact {
  return (text) => pattern.replace(text, replacement);
}

/** Replaces the secrets of a set. */
export function redactSecrets(
  secrets: readonly SecretPattern[],
  compile: (pattern: string) => Pattern,
): Redact {
  const compiled = secrets.map((secret) => ({ ...secret, pattern: compile(secret.pattern) }));
  return (text) => {
    const lower = text.toLowerCase();
    let result = { text, count: 0 };
    for (const { pattern, replacement, hints } of compiled) {
      if (!hints.some((hint) => lower.includes(hint))) continue;
      const next = pattern.replace(result.text, replacement);
      result = { text: next.text, count: result.count + next.count };
    }
    return result;
  };
}

/** Replaces numbers of payment cards. */
export function redactCardNumbers(text: string): { text: string; count: number } {
  return redactCards(text, REDACTED);
}

/** All of them, one after the other. */
export function redactAll(all: readonly Redact[]): Redact {
  return (text) =>
    all.reduce<ReturnType<Redact>>((before, redact) => {
      const { text, count } = redact(before.text);
      return { text, count: before.count + count };
    }, { text, count: 0 });
}

/** The members with every text in them redacted. */
export function redactMembers(
  members: Members,
  redact: Redact,
): { members: Members; count: number } {
  let count = 0;
  const clean = (name: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => clean(name, item));
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([inner, deeper]) => [cleanText(inner), clean(inner, deeper)]),
      );
    }
    if (typeof value === "string") return cleanValue(name, value);
    if (typeof value !== "number") return value;
    const text = cleanValue(name, String(value));
    return text === String(value) ? value : text;
  };
  const cleanText = (text: string): string => {
    const redacted = redact(text);
    count += redacted.count;
    return redacted.text;
  };
  const cleanValue = (name: string, text: string): string => {
    const alone = cleanText(text);
    if (alone !== text || text === REDACTED) return alone;
    // What its name says to be a secret; cut where it would tell a part of it.
    const named = redact(`"${name}":${JSON.stringify(text)}`);
    if (named.count === 0) return text;
    count += named.count;
    return REDACTED;
  };
  return { members: clean("", members) as Members, count };
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
