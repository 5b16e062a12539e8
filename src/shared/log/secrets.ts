/**
 * The secrets of this process, and the filter that takes them out of text.
 *
 * Nobody logs a key on purpose. But a server, a proxy or a library that repeats what it was sent brings it into errors, the log and
 * the status. So everything that comes from a server passes this filter before it is looked at, and everything that leaves the
 * process passes it again.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A shorter one is no secret, and in too many words. */
const MIN_CHARACTERS = 4;
/** A shorter one counts only as a word of its own: `agent` stays in `agents`. */
const MIN_CHARACTERS_ANYWHERE = 8;
/** Tokens come and go; the oldest secrets are forgotten. */
const MAX_SECRETS = 64;
const HIDDEN = "[redacted]";

/** Secrets that are known by their value. */
export class Secrets {
  /** The oldest first; what finds each. */
  readonly #patterns = new Map<string, string[]>();
  #finder: RegExp | undefined;

  /** From now on `value` is hidden, also in base64, percent-encoded and as JSON writes it. */
  add(value: string): void {
    if (value.length < MIN_CHARACTERS || this.#patterns.has(value)) return;
    this.#patterns.set(value, formsOf(value));
    const [oldest] = this.#patterns.keys();
    if (this.#patterns.size > MAX_SECRETS && oldest !== undefined) this.#patterns.delete(oldest);
    this.#finder = undefined;
  }

  /** `text` with `[redacted]` in place of every secret. */
  hide(text: string): string {
    if (this.#patterns.size === 0) return text;
    return text.replace(this.#finder ??= this.#createFinder(), HIDDEN);
  }

  #createFinder(): RegExp {
    // The longest first: the form of one secret may begin like another one's.
    const patterns = [...this.#patterns.values()].flat().toSorted((a, b) => b.length - a.length);
    return new RegExp(patterns.join("|"), "g");
  }
}

/** Patterns of regular expressions, one for each way in which `value` may be written. */
function formsOf(value: string): string[] {
  const percent = encodeURIComponent(value);
  const form = new URLSearchParams({ "": value }).toString().slice(1);
  const json = JSON.stringify(value).slice(1, -1);
  const written = [
    value,
    json,
    // JSON within a text of JSON.
    JSON.stringify(json).slice(1, -1),
    [...value].map((one) => `&#${one.codePointAt(0)};`).join(""),
    value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  ];
  const encoded = [
    ...[percent, form, everyByte(value)].map((one) => asWord(ofAnyCase(one), value)),
    ...base64Forms(value).map(escaped),
    ofAnyCase(Buffer.from(value).toString("hex")),
  ];
  return [...new Set([...written.map((one) => asWord(escaped(one), value)), ...encoded])];
}

/** Base64 and base64url of `value`, at each of the three places at which it may begin in what is encoded. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    // Without the characters that also depend on what stands before and behind.
    const [start, end] = [Math.ceil(before * 8 / 6), Math.floor(bytes.length * 8 / 6)];
    return (["base64", "base64url"] as const).map((kind) => bytes.toString(kind).slice(start, end));
  });
}

function everyByte(value: string): string {
  return Array.from(Buffer.from(value), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(
    "",
  );
}

/** Digits of base 16 are written in both cases; letters of the value itself are not. */
function ofAnyCase(form: string): string {
  return form.replace(/%[0-9a-f]{2}|[^%]+/gi, (part) => {
    const isHex = part.startsWith("%") || /^[0-9a-f]+$/.test(form);
    return isHex ? part.replace(/[a-f]/gi, (digit) => bothCases(digit)) : escaped(part);
  });
}

function bothCases(digit: string): string {
  return `[${digit.toLowerCase()}${digit.toUpperCase()}]`;
}

function asWord(pattern: string, { length }: string): string {
  if (length >= MIN_CHARACTERS_ANYWHERE) return pattern;
  const letter = "[A-Za-z0-9_\\u0080-\\uffff]";
  return `(?<!${letter})${pattern}(?!${letter})`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
