/**
 * What an open file holds, as far as it was read: by this it is known again, told from a copy, and
 * seen to have been truncated.
 *
 * @module
 */

import { beginsWith, carries, type Fingerprint, fingerprintOf } from "./file_identity.ts";
import type { OpenFile } from "./open_file.ts";
import { addMark, beginAlike, bytesBefore, holds, type Mark, markOf, type Trace } from "./trace.ts";

/** Contents before a truncation that are remembered of each file. */
const PAST_CONTENTS = 4;
const NOTHING = new Uint8Array();

/**
 * What another file has of this one's content.
 *
 * - `none`: something else.
 * - `prefix`: everything it has stands at the beginning of this file, which still has it.
 * - `past`: what was read of this file to `readTo` and is not in it any more; `whole` when that is all
 *   that was read.
 */
export type Likeness =
  | { kind: "none" }
  | { kind: "prefix"; whole: boolean }
  | { kind: "past"; readTo: number; whole: boolean };

/** Remembers the beginning of a file, the bytes before the position in it, and earlier contents. */
export class FileContent {
  readonly #file: OpenFile;
  #head: Uint8Array;
  #fingerprint: Fingerprint | undefined;
  #offset = 0;
  #before: Uint8Array = NOTHING;
  #marks: readonly Mark[] = [];
  #past: Trace[] = [];

  /** @throws an error of the system */
  constructor(file: OpenFile) {
    this.#file = file;
    this.#head = file.readHead();
  }

  /** The bytes before the position as they were read. */
  get before(): Uint8Array {
    return this.#before;
  }

  /** What was in the file before it was truncated, oldest first. */
  get past(): readonly Trace[] {
    return this.#past;
  }

  /** What is known of what was read. Makes a mark of the position. */
  trace(): { fingerprint: Fingerprint; marks: readonly Mark[] } {
    if (this.#offset > 0 && this.#marks.at(-1)?.offset !== this.#offset) {
      this.#marks = addMark(this.#marks, markOf(this.#offset, this.#before));
    }
    this.#fingerprint ??= fingerprintOf(this.#head);
    return { fingerprint: this.#fingerprint, marks: this.#marks };
  }

  /** Reading went on to `offset`, `before` being what stands before it. */
  advance(offset: number, before: Uint8Array): void {
    this.#offset = offset;
    this.#before = before;
  }

  /** Passes over what is before `offset`. @throws an error of the system */
  jump(offset: number): void {
    this.advance(offset, bytesBefore(this.#file, offset));
  }

  /**
   * Goes on from what is remembered. False when the file holds something else.
   *
   * @throws an error of the system
   */
  resume(offset: number, { fingerprint, marks }: Trace, past: readonly Trace[]): boolean {
    const before = bytesBefore(this.#file, offset);
    const mark = marks.at(-1);
    const isKnown = carries(this.#head, fingerprint) && this.#file.info().size >= offset;
    if (!isKnown || (mark && mark.sha256 !== markOf(offset, before).sha256)) return false;
    this.advance(offset, before);
    this.#marks = marks;
    this.#past = [...past];
    return true;
  }

  /** What was remembered of the file is in it no longer. */
  startAfter(trace: Trace, past: readonly Trace[]): void {
    this.#past = [...past];
    this.#addPast(trace);
  }

  /** True while the file still holds what was read. @throws an error of the system */
  isIntact(size: number, head = this.#file.readHead()): boolean {
    return size >= this.#offset && beginsWith(head, this.#head) &&
      beginsWith(bytesBefore(this.#file, this.#offset), this.#before);
  }

  /** Takes a new look at the beginning of the file. */
  update(head: Uint8Array): void {
    if (head.length !== this.#head.length || !beginsWith(head, this.#head)) {
      this.#fingerprint = undefined;
    }
    this.#head = head;
  }

  /** The file was truncated: what was read of it is past. */
  restart(): void {
    this.#addPast(this.trace());
    this.#marks = [];
    this.#fingerprint = undefined;
    this.advance(0, NOTHING);
  }

  /**
   * What `copy` has of this content, now or before a truncation that may not have been noticed yet.
   * `isRead` says that this content is read, or is going to be.
   *
   * @throws an error of the system
   */
  likenessOf(copy: FileContent, isRead = this.#offset > 0): Likeness {
    const { size } = copy.#file.info();
    const own = this.#file.info();
    if (size > 0 && isRead && sameStart(copy.#head, this.#head)) {
      if (size <= own.size && beginAlike(this.#file, copy.#file, size)) {
        const isReadInIt = this.#offset > 0 && size >= this.#offset;
        return { kind: "prefix", whole: isReadInIt || size === own.size };
      }
      // Compared and found different, or longer than the original: unless that changed meanwhile.
      const { size: sizeNow } = this.#file.info();
      if (!this.isIntact(sizeNow)) return likenessToPast(copy, [...this.#past, this.trace()]);
    }
    return likenessToPast(copy, this.#past);
  }

  /** What this content has of contents that were read. @throws an error of the system */
  likenessTo(traces: readonly Trace[]): Likeness {
    return likenessToPast(this, traces);
  }

  /** True when `other` begins with all that is here. @throws an error of the system */
  isBeginningOf(other: FileContent): boolean {
    return beginAlike(this.#file, other.#file, this.#file.info().size);
  }

  /** How far this content holds one that was read; 0 for another one. */
  holds(trace: Trace): number {
    const { size } = this.#file.info();
    return holds(this.#file, { size, head: this.#head }, trace);
  }

  #addPast({ fingerprint, marks }: Trace): void {
    if (marks.length > 0) {
      this.#past = [...this.#past, { fingerprint, marks }].slice(-PAST_CONTENTS);
    }
  }
}

function likenessToPast(copy: FileContent, traces: readonly Trace[]): Likeness {
  for (const trace of traces.toReversed()) {
    const readTo = copy.holds(trace);
    if (readTo > 0) return { kind: "past", readTo, whole: readTo === trace.marks.at(-1)?.offset };
  }
  return { kind: "none" };
}

function sameStart(a: Uint8Array, b: Uint8Array): boolean {
  return a.length < b.length ? beginsWith(b, a) : beginsWith(a, b);
}
