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
  type PastContent,
  readTo,
  sharedLength,
  type Trace,
} from "./trace.ts";

/** Contents before a truncation that are remembered of each file. */
const PAST_CONTENTS = 4;
const NOTHING = new Uint8Array();

/** What was read, to `readTo`, and stands in another file; `whole` when that is all that was read. */
export interface PastLikeness {
  readTo: number;
  whole: boolean;
}

/** Remembers the beginning of a file, the bytes before the position in it, and earlier contents. */
export class FileContent {
  readonly #file: OpenFile;
  #restarts = 0;
  #head: Uint8Array;
  #fingerprint: Fingerprint | undefined;
  #offset = 0;
  #before: Uint8Array = NOTHING;
  #marks: readonly Mark[] = [];
  #past: PastContent[] = [];

  /** @throws an error of the system */
  constructor(file: OpenFile) {
    this.#file = file;
    this.#head = file.readHead();
  }

  /** The first bytes as they were at the last look. */
  get head(): Uint8Array {
    return this.#head;
  }

  /** The bytes before the position as they were read. */
  get before(): Uint8Array {
    return this.#before;
  }

  /** What was in the file before it was truncated, oldest first. */
  get past(): readonly PastContent[] {
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

  /** What is before `offset` was read. @throws an error of the system */
  passTo(offset: number): void {
    this.advance(offset, bytesBefore(this.#file, offset));
  }

  /**
   * Passes over what is before `offset`. Marks of where it was passed over before may be within lines.
   *
   * @throws an error of the system
   */
  jump(offset: number): void {
    this.#marks = [];
    this.passTo(offset);
  }

  /**
   * Goes on from what is remembered. False when the file holds something else.
   *
   * @throws an error of the system
   */
  resume(offset: number, { fingerprint, marks }: Trace, past: readonly PastContent[]): boolean {
    const before = bytesBefore(this.#file, offset);
    const mark = marks.at(-1);
    const isKnown = carries(this.#head, fingerprint) && this.#file.info().size >= offset;
    if (!isKnown || (mark && mark.sha256 !== markOf(offset, before).sha256)) return false;
    this.advance(offset, before);
    this.#marks = marks;
    this.#past = [...past];
    return true;
  }

  /** What was remembered of the file, of `size` bytes, is in it no longer. */
  startAfter(trace: Trace, size: number, past: readonly PastContent[]): void {
    this.#past = [...past];
    this.#addPast(trace, size);
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

  /** How often it was seen to be truncated. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The file, then of `size` bytes, was truncated: what was in it is past. */
  restart(size: number): void {
    this.#restarts++;
    this.#addPast(this.trace(), size);
    this.#marks = [];
    this.#fingerprint = undefined;
    this.advance(0, NOTHING);
  }

  /** Bytes that are there now. @throws an error of the system */
  sizeNow(): number {
    return this.#file.info().size;
  }

  /** When the file was renamed, removed or written last, in milliseconds. @throws an error of the system */
  changedMs(): number {
    return this.#file.info().ctime?.getTime() ?? 0;
  }

  /** True when both began alike at the last look, as far as that was read. */
  startsLike(other: FileContent): boolean {
    return sameStart(this.#head, other.#head);
  }

  /** Bytes at the beginning of both contents that are the same now. @throws an error of the system */
  sharedWith(other: FileContent): number {
    if (!this.startsLike(other)) return 0;
    return sharedLength(this.#file, other.#file, Math.min(this.sizeNow(), other.sizeNow()));
  }

  /** True when the first `bytes` of both contents are the same now. @throws an error of the system */
  sharesFirst(bytes: number, other: FileContent): boolean {
    return sharedLength(this.#file, other.#file, bytes) >= bytes;
  }

  /** True until it is asked what was truncated. */
  get wasTruncated(): boolean {
    return this.#past.some(({ told }) => !told);
  }

  /** A copy has so many bytes of what was truncated. True when that is more than was known. */
  noteSaved(past: PastContent, bytes: number): boolean {
    if (bytes <= past.saved) return false;
    this.#past = this.#past.map((other) => other === past ? { ...past, saved: bytes } : other);
    return true;
  }

  /** What was truncated since it was asked last. */
  takeTruncated(): readonly PastContent[] {
    const news = this.#past.filter(({ told }) => !told);
    this.#past = this.#past.map((past) => ({ ...past, told: true }));
    return news;
  }

  /** What this content has of contents that were read: most of them. @throws an error of the system */
  likenessTo(traces: readonly Trace[]): PastLikeness | undefined {
    let most: PastLikeness | undefined;
    for (const trace of traces) {
      const end = this.holds(trace);
      const whole = end === readTo(trace);
      if (end > (most?.readTo ?? 0)) most = { readTo: end, whole };
    }
    return most;
  }

  /** How far this content holds one that was read; 0 for another one. */
  holds(trace: Trace): number {
    const { size } = this.#file.info();
    return holds(this.#file, { size, head: this.#head }, trace);
  }

  /** True when this content is the past one, or a copy of it, also when nothing was read of that. */
  isOf(past: PastContent): boolean {
    const { fingerprint: { length } } = past;
    if (past.marks.length > 0) return this.holds(past) > 0;
    return length > 0 && carries(this.#head, past.fingerprint);
  }

  #addPast({ fingerprint, marks }: Trace, size: number): void {
    if (size === 0 && marks.length === 0) return;
    const all = [...this.#past, { fingerprint, marks, size, saved: 0, told: false }];
    this.#past = all.filter(({ told }, index) => !told || index >= all.length - PAST_CONTENTS);
  }
}

function sameStart(a: Uint8Array, b: Uint8Array): boolean {
  return a.length < b.length ? beginsWith(b, a) : beginsWith(a, b);
}
