/**
 * Files of one manager: in a folder.
 *
 * @module
 */

import { join } from "node:path";
import type { Files, KeptFile } from "../files.ts";

/** The files of a folder. */
export class FolderFiles implements Files {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A symbolic link is none: it could lead out of the folder. */
  async get(name: string): Promise<KeptFile | undefined> {
    const path = join(this.#folder, name);
    try {
      const { isFile, mtime } = await Deno.lstat(path);
      if (!isFile) return undefined;
      return { content: await Deno.readFile(path), changedMs: mtime?.getTime() ?? 0 };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    const path = join(this.#folder, name);
    const draft = `${path}.${crypto.randomUUID()}.new`;
    try {
      using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
      for (let written = 0; written < content.length;) {
        written += await file.write(content.subarray(written));
      }
      await file.syncData();
      await Deno.rename(draft, path);
    } catch (error) {
      await Deno.remove(draft).catch(() => {});
      throw error;
    }
  }
}
