/**
 * An open file that is read at given positions.
 *
 * @module
 */

import { FINGERPRINT_BYTES } from "./file_identity.ts";

/** A handle that stays with its file when that is renamed or deleted. */
export class OpenFile implements Disposable {
  readonly #file: Deno.FsFile;

  /** Opens the file at `path` for reading. @throws an error of the system */
  constructor(path: string) {
    this.#file = Deno.openSync(path);
  }

  /** @throws an error of the system */
  info(): Deno.FileInfo {
    return this.#file.statSync();
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
    this.#file.seekSync(position, Deno.SeekMode.Start);
    let length = 0;
    while (length < buffer.length) {
      const count = this.#file.readSync(buffer.subarray(length));
      if (count === null || count === 0) break;
      length += count;
    }
    return buffer.subarray(0, length);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
