/**
 * An open file that is read at given positions.
 *
 * Whoever owns a folder may put anything at a name between a look and the opening, so what is
 * opened decides: it is opened without waiting (a FIFO without a writer would hold the agent for
 * ever), without following a link at its end, and given up unless it is a regular file.
 *
 * @module
 */

import fs from "node:fs";
import { FINGERPRINT_BYTES } from "./file_identity.ts";
import type { FileInfo } from "./file_system.ts";

/** Windows has neither of the two. */
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) |
  (fs.constants.O_NOFOLLOW ?? 0);

/** A handle that stays with its file when that is renamed or deleted. */
export class OpenFile implements Disposable {
  readonly #descriptor: number;

  /**
   * Opens the file at `path` for reading.
   *
   * @throws an error of the system; an error when it is no regular file
   */
  constructor(path: string) {
    this.#descriptor = fs.openSync(path, FLAGS);
    try {
      if (!this.info().isFile) throw new Error("not a regular file");
    } catch (error) {
      fs.closeSync(this.#descriptor);
      throw error;
    }
  }

  /** @throws an error of the system */
  info(): FileInfo & { ctime: Date | null } {
    const stats = fs.fstatSync(this.#descriptor);
    const { dev, ino, size, nlink, uid, birthtime, mtime, ctime } = stats;
    return { dev, ino, size, nlink, uid, birthtime, mtime, ctime, isFile: stats.isFile() };
  }

  /** The first bytes, as far as a fingerprint covers them. @throws an error of the system */
  readHead(): Uint8Array {
    return this.readAt(0, new Uint8Array(FINGERPRINT_BYTES));
  }

  /**
   * Fills `buffer` from `position` on, as far as the file goes, and gives the part that was filled.
   *
   * @throws an error of the system
   */
  readAt(position: number, buffer: Uint8Array): Uint8Array {
    let length = 0;
    while (length < buffer.length) {
      const rest = buffer.length - length;
      const count = fs.readSync(this.#descriptor, buffer, length, rest, position + length);
      if (count === 0) break;
      length += count;
    }
    return buffer.subarray(0, length);
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}
