/**
 * What an open file holds, as far as it was read: by this it is known again, told from a copy, and
 * seen to have been truncated.
 *
 * @module
 */

import { beginsWith, carries, type Fingerprint, fingerprintOf } from "./file_identity.ts";
import type { OpenFile } from "./open_file.ts";
import {
  addMark,
  bytesBefore,
  holds,
  type Mark,
  markOf,
  sharedLength,
  type Trace,
} from "./trace.ts";

/** Contents before a truncation that are remembered of each file. */
const PAST_CONTENTS = 4;
const NEWLINE = 0x0a;
const NOTHING = new Uint8Array();

/** What was read, to `readTo`, and stands in another file; `whole` when that is all that was read. */
export interface PastLikeness {
  readTo: number;
  whole: boolean;
}

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

  /** When the file was renamed, removed or written last, in milliseconds. @throws an error of the system */
  changedMs(): number {
    return this.#file.info().ctime?.getTime() ?? 0;
  }

  /** True when it ends within a line. @throws an error of the system */
  endsInLine(): boolean {
    const { size } = this.#file.info();
    return size > 0 && this.#file.readAt(size - 1, new Uint8Array(1))[0] !== NEWLINE;
  }

  /** Bytes at the beginning of both contents that are the same now. @throws an error of the system */
  sharedWith(other: FileContent): number {
    const length = Math.min(this.#file.info().size, other.#file.info().size);
    return sameStart(this.#head, other.#head) ? sharedLength(this.#file, other.#file, length) : 0;
  }

  /**
   * What was read of this file and is in it no longer, though that may not have been noticed yet.
   *
   * @throws an error of the system
   */
  lost(): readonly Trace[] {
    return this.isIntact(this.#file.info().size) ? this.#past : [...this.#past, this.trace()];
  }

  /** What this content has of contents that were read: most of them. @throws an error of the system */
  likenessTo(traces: readonly Trace[]): PastLikeness | undefined {
    let most: PastLikeness | undefined;
    for (const trace of traces) {
      const readTo = this.holds(trace);
      const whole = readTo === trace.marks.at(-1)?.offset;
      if (readTo > (most?.readTo ?? 0)) most = { readTo, whole };
    }
    return most;
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

function sameStart(a: Uint8Array, b: Uint8Array): boolean {
  return a.length < b.length ? beginsWith(b, a) : beginsWith(a, b);
}
