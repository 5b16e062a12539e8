/**
 * Releases of one manager: files of its folder.
 *
 * @module
 */

import type { FolderFile, PutFile, ReleaseFolder } from "../../releases/release_folder.ts";
import type { ReleaseFiles } from "../release_files.ts";

/** The files of the folder. */
export class FolderReleases implements ReleaseFiles {
  readonly #folder: ReleaseFolder;

  constructor(folder: ReleaseFolder) {
    this.#folder = folder;
  }

  put(name: string, chunks: AsyncIterable<Uint8Array>, declared?: number): Promise<PutFile> {
    return this.#folder.put(name, chunks, { declared });
  }

  remove(name: string): Promise<boolean> {
    return this.#folder.remove(name);
  }

  // deno-lint-ignore require-await
  async find(name: string): Promise<FolderFile | undefined> {
    return this.#folder.find(name);
  }
}
