/**
 * The first bytes of a file, by which it is known again, and the first bytes that it had before it
 * was truncated.
 *
 * A rotation that copies a file and then truncates it leaves a new file with old lines. It begins
 * as the original did: that is how it is told from a new one, and what was not read of the original
 * is read from it.
 *
 * @module
 */

import { beginsWith, carries, type Fingerprint, fingerprintOf } from "./file_identity.ts";

/** Remembers how a file begins, and began. */
export class FileHead {
  #bytes: Uint8Array;
  #fingerprint: Fingerprint | undefined;
  /** The file before it was truncated: how far it was read, and how much more there was. */
  #before: { fingerprint: Fingerprint; readTo: number; unreadBytes: number } | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get fingerprint(): Fingerprint {
    this.#fingerprint ??= fingerprintOf(this.#bytes);
    return this.#fingerprint;
  }

  /** True when this may be the file of the fingerprint, perhaps grown since. */
  carries(fingerprint: Fingerprint): boolean {
    return carries(this.#bytes, fingerprint);
  }

  /** True when a file that begins with `bytes` may be this one, perhaps grown. */
  goesOnAs(bytes: Uint8Array): boolean {
    return beginsWith(bytes, this.#bytes);
  }

  /** The file begins with `bytes` now. */
  update(bytes: Uint8Array): void {
    if (bytes.length !== this.#bytes.length || !beginsWith(bytes, this.#bytes)) {
      this.#fingerprint = undefined;
    }
    this.#bytes = bytes;
  }

  /** The file that had this fingerprint was truncated when it was read to `readTo`. */
  noteTruncation(fingerprint: Fingerprint, readTo: number, unreadBytes: number): void {
    this.#before = { fingerprint, readTo, unreadBytes };
  }

  /**
   * Bytes that a truncation took before they were read and that no copy gave back; 0 when asked
   * again.
   */
  takeLostBytes(): number {
    const lost = this.#before?.unreadBytes ?? 0;
    if (this.#before) this.#before.unreadBytes = 0;
    return lost;
  }

  /**
   * How far `copy` has been read already if it is a copy of this file, of which `readTo` bytes have
   * been read; 0 when it is none. While this file itself still has everything, all of the copy
   * counts as read; afterwards it gives what was not.
   */
  readInCopy(copy: { head: FileHead; size: number }, readTo: number): number {
    const before = this.#before;
    if (before && isCopy(copy, before.readTo) && copy.head.carries(before.fingerprint)) {
      before.unreadBytes = 0;
      return before.readTo;
    }
    const isAlike = this.goesOnAs(copy.head.#bytes) || copy.head.goesOnAs(this.#bytes);
    return isAlike && isCopy(copy, readTo) ? Infinity : 0;
  }
}

/**
 * A copy has at least what was read; two short files that merely begin alike are not to be taken
 * for one.
 */
function isCopy({ size }: { size: number }, readTo: number): boolean {
  return readTo > 0 && size >= readTo;
}
