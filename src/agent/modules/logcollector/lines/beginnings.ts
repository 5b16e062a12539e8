/**
 * Files in the order of their first bytes, so that those that begin alike are found without comparing
 * each with each.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { FileTail } from "../files/file_tail.ts";

/** A file, its first bytes, and the file with the longest beginning that is a part of them. */
interface Entry {
  file: FileTail;
  head: Buffer;
  shorter: Entry | undefined;
  place: number;
}

/** The beginnings of files as they were at the last look; empty files are left out. */
export class Beginnings {
  readonly #entries: readonly Entry[];
  readonly #byFile: ReadonlyMap<FileTail, Entry>;

  constructor(files: readonly FileTail[]) {
    this.#entries = files.filter(({ content }) => content.head.length > 0)
      .map((file) => ({ file, head: bufferOf(file), shorter: undefined, place: 0 }))
      .sort((a, b) => Buffer.compare(a.head, b.head) || a.file.order - b.file.order);
    let open: Entry | undefined;
    for (const [place, entry] of this.#entries.entries()) {
      // In this order what begins with a head follows it at once.
      while (open && !startsWith(entry.head, open.head)) open = open.shorter;
      entry.place = place;
      entry.shorter = open;
      open = entry;
    }
    this.#byFile = new Map(this.#entries.map((entry) => [entry.file, entry]));
  }

  /** Other files, at most `limit`, that begin with everything that is known of the beginning of `file`. */
  thatBeginLike(file: FileTail, limit: number): FileTail[] {
    const entry = this.#byFile.get(file);
    if (!entry) return [];
    const alike: FileTail[] = [];
    for (let other = entry.shorter; other && alike.length < limit; other = other.shorter) {
      if (other.head.length < entry.head.length) break;
      alike.push(other.file);
    }
    for (let place = entry.place + 1; alike.length < limit; place++) {
      const other = this.#entries[place];
      if (!other || !startsWith(other.head, entry.head)) break;
      alike.push(other.file);
    }
    return alike;
  }
}

function bufferOf({ content: { head } }: FileTail): Buffer {
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength);
}

function startsWith(head: Buffer, start: Buffer): boolean {
  return head.length >= start.length && head.compare(start, 0, start.length, 0, start.length) === 0;
}
