/**
 * Files that many read at the same time: each is open once, and has its hash reckoned once, however many download it.
 *
 * What is opened is what is hashed and read: a file that is put anew under the same name is another one, of which those who began
 * with the first get nothing.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { openRegularFile, type RegularFile } from "../../shared/files/regular_file.ts";
import type { FolderFile } from "./release_folder.ts";

const HASH_PIECE_BYTES = 1_048_576;

/** A file that is open for as long as it is not disposed. */
export interface SharedFile extends Disposable {
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Up to `length` bytes from `position` on; fewer only at the end, or when the file was cut off since. */
  read(position: number, length: number): Uint8Array<ArrayBuffer>;
}

/** What of a file tells it from others, and from what it was before. */
interface Identity {
  dev: number;
  ino: number | null;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
}

/** One open file and its readers. */
interface Held {
  identity: string;
  file: RegularFile;
  sha256: Promise<string>;
  readers: number;
}

/** Opens files for many readers. */
export class OpenFiles {
  readonly #held = new Map<string, Held>();
  /** Hashes by what the file was when they were reckoned; of each path the newest. */
  readonly #hashes = new Map<string, { identity: string; sha256: string }>();

  /** How many files are open. */
  get count(): number {
    return this.#held.size;
  }

  /**
   * Opens a file, or joins those who have it open.
   *
   * @throws {Deno.errors.NotFound} when it is there no more, an error when it is no regular file any more
   */
  async open(found: FolderFile): Promise<SharedFile> {
    const held = this.#hold(found);
    held.readers++;
    try {
      return shared(held, await held.sha256, () => this.#release(held));
    } catch (error) {
      this.#release(held);
      throw error;
    }
  }

  /** The SHA-256 of a file, in hexadecimal digits. */
  async sha256(found: FolderFile): Promise<string> {
    const known = this.#hashes.get(found.path);
    const { mtime, ctime } = found.info;
    const times = { mtimeMs: mtime?.getTime() ?? 0, ctimeMs: ctime?.getTime() ?? 0 };
    if (known?.identity === identityOf({ ...found.info, ...times })) return known.sha256;
    using file = await this.open(found);
    return file.sha256;
  }

  /** Forgets the hashes of files that are there no more. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#hashes.keys()) {
      if (!paths.has(path)) this.#hashes.delete(path);
    }
  }

  #hold({ path }: FolderFile): Held {
    const file = openRegularFile(path, { followLink: false });
    const identity = identityOf(file.info);
    const known = this.#held.get(identity);
    if (known !== undefined) {
      file[Symbol.dispose]();
      return known;
    }
    const held: Held = { identity, file, readers: 0, sha256: this.#hash(path, identity, file) };
    this.#held.set(identity, held);
    return held;
  }

  async #hash(path: string, identity: string, { descriptor }: RegularFile): Promise<string> {
    const known = this.#hashes.get(path);
    if (known?.identity === identity) return known.sha256;
    const hash = createHash("sha256");
    const piece = new Uint8Array(HASH_PIECE_BYTES);
    for (let position = 0;;) {
      const bytes = readSync(descriptor, piece, 0, piece.length, position);
      if (bytes === 0) break;
      hash.update(piece.subarray(0, bytes));
      position += bytes;
      // Others are served in between: a release of 100 MB takes a tenth of a second.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const sha256 = hash.digest("hex");
    this.#hashes.set(path, { identity, sha256 });
    return sha256;
  }

  #release(held: Held): void {
    if (--held.readers > 0) return;
    this.#held.delete(held.identity);
    held.file[Symbol.dispose]();
  }
}

function shared({ file }: Held, sha256: string, release: () => void): SharedFile {
  let open = true;
  return {
    size: file.info.size,
    sha256,
    // Not in the background: two that do so share the descriptor's position, and pages that many read are in memory anyway.
    read: (position, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file.descriptor, bytes, 0, length, position));
    },
    [Symbol.dispose]: () => {
      if (open) release();
      open = false;
    },
  };
}

/** Changes when another file is put there, and when this one is written into. */
function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: Identity): string {
  return [dev, ino, size, Math.floor(mtimeMs), Math.floor(ctimeMs)].join(" ");
}
