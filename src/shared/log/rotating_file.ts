/**
 * A log file that is put aside once it is large enough: `agent.log`, then `agent.log.1`, the newest of those before it, and so on.
 *
 * @module
 */

import { openOwnFile } from "../files/private_file.ts";

/** Where and how much is kept. */
export interface RotatingFileOptions {
  path: string;
  /** The file is put aside before it would have more than this. */
  maxBytes: number;
  /** So many files are kept beside it; 0 keeps none. */
  keep: number;
}

const NEWLINE = 10;
const LINE_END = new Uint8Array([NEWLINE]);

/** Writes whole lines behind what is there. Opens the file (mode 0600) when it is first written, and again when somebody moved it. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: Deno.FsFile | undefined;
  #bytes = 0;
  #inode: number | null = null;
  /** A failed write left the beginning of a line. */
  #isTorn = false;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /**
   * Writes all of `lines`.
   *
   * @throws what the file system says; a part may be written
   */
  async write(lines: Uint8Array): Promise<number> {
    await this.#prepare(lines.length);
    try {
      if (this.#isTorn) await this.#writeAll(LINE_END);
      this.#isTorn = false;
      await this.#writeAll(lines);
      return lines.length;
    } catch (error) {
      this.#isTorn = true;
      throw error;
    }
  }

  /** Lets go of the file; the next write opens it again. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #prepare(bytes: number): Promise<void> {
    const { path, maxBytes } = this.#options;
    if (this.#file !== undefined && await inodeOf(path) !== this.#inode) this.close();
    this.#file ?? await this.#open();
    if (this.#bytes === 0 || this.#bytes + bytes <= maxBytes) return;
    this.close();
    await this.#putAside();
    await this.#open();
  }

  async #open(): Promise<void> {
    const file = this.#file = openOwnFile(this.#options.path);
    this.#bytes = await file.seek(0, Deno.SeekMode.End);
    this.#inode = (await file.stat()).ino;
    this.#isTorn = this.#bytes > 0 && await lastByte(file) !== NEWLINE;
  }

  async #putAside(): Promise<void> {
    const { path, keep } = this.#options;
    const names = Array.from({ length: keep + 1 }, (_, age) => age === 0 ? path : `${path}.${age}`);
    const [oldest = path] = names.slice(-1);
    await removeIfThere(oldest);
    for (let age = keep - 1; age >= 0; age--) {
      await renameIfThere(names[age] ?? path, names[age + 1] ?? path);
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const count = await this.#file?.write(rest) ?? 0;
      this.#bytes += count;
      rest = rest.subarray(count);
    }
  }
}

async function lastByte(file: Deno.FsFile): Promise<number | undefined> {
  await file.seek(-1, Deno.SeekMode.End);
  const byte = new Uint8Array(1);
  await file.read(byte);
  return byte[0];
}

async function inodeOf(path: string): Promise<number | null | undefined> {
  return await Deno.stat(path).then(({ ino }) => ino, () => undefined);
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(ignoreMissing);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await Deno.rename(from, to).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
