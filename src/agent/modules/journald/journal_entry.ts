/**
 * An entry of the journal, as it was read.
 *
 * Values hold a byte a character; {@linkcode textOf} makes a text of one.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** One entry. */
export interface JournalEntry {
  /** The first value of a field; `undefined` when the entry does not have it. */
  first(name: string): string | undefined;
  /** All values of a field. */
  values(name: string): readonly string[];
  /** Every field; one that the entry has several times has a list. */
  fields(): Map<string, string | string[]>;
  /** Names of the fields of which only the beginning is kept. */
  readonly cut: readonly string[];
  /** Bytes that were not kept. */
  readonly cutBytes: number;
}

/** An entry whose fields were taken apart one by one. */
export class FieldEntry implements JournalEntry {
  readonly #fields = new Map<string, string | string[]>();
  readonly cut: string[] = [];
  cutBytes = 0;

  get isEmpty(): boolean {
    return this.#fields.size === 0;
  }

  add(name: string, value: string): void {
    const before = this.#fields.get(name);
    if (before === undefined) this.#fields.set(name, value);
    else if (typeof before === "string") this.#fields.set(name, [before, value]);
    else before.push(value);
  }

  /** Notes that a value is kept in part. */
  noteCut(name: string, bytes: number): void {
    if (this.cut.at(-1) !== name) this.cut.push(name);
    this.cutBytes += bytes;
  }

  first(name: string): string | undefined {
    const value = this.#fields.get(name);
    return typeof value === "string" ? value : value?.[0];
  }

  values(name: string): readonly string[] {
    const value = this.#fields.get(name);
    return value === undefined ? [] : [value].flat();
  }

  fields(): Map<string, string | string[]> {
    return this.#fields;
  }
}

/** An entry of lines `NAME=value` only, which is searched for what is asked of it: most of its fields nobody asks for. */
export class TextEntry implements JournalEntry {
  readonly cut: readonly string[] = [];
  readonly cutBytes = 0;
  readonly #lines: string;

  /** @param lines each ended by a newline, without the empty one at the end */
  constructor(lines: string) {
    this.#lines = lines;
  }

  first(name: string): string | undefined {
    const start = this.#valueStart(name);
    return start === -1 ? undefined : this.#lines.slice(start, this.#lines.indexOf("\n", start));
  }

  values(name: string): readonly string[] {
    const start = this.#valueStart(name);
    if (start === -1) return [];
    // Nearly always the only one.
    const isRepeated = this.#lines.includes(`\n${name}=`, start);
    return isRepeated ? [this.fields().get(name) ?? []].flat() : [this.first(name) ?? ""];
  }

  /** Where the first value of a field begins; -1 when there is none. */
  #valueStart(name: string): number {
    const lines = this.#lines;
    if (lines[name.length] === "=" && lines.startsWith(name)) return name.length + 1;
    const found = lines.indexOf(`\n${name}=`);
    return found === -1 ? -1 : found + name.length + 2;
  }

  fields(): Map<string, string | string[]> {
    const entry = new FieldEntry();
    for (const line of this.#lines.split("\n")) {
      const equals = line.indexOf("=");
      if (equals > 0) entry.add(line.slice(0, equals), line.slice(equals + 1));
    }
    return entry.fields();
  }
}

/** What stands in a value; what is not UTF-8 becomes the replacement character. */
export function textOf(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, "latin1").toString("utf8");
}

/** Whether a value is the same in every encoding. */
export function isAscii(value: string): boolean {
  // deno-lint-ignore no-control-regex -- those are ASCII too
  return !/[^\x00-\x7f]/.test(value);
}
