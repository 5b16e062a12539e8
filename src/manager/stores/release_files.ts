/**
 * Where files for agents to download are kept: executables, scripts, and the manifests that name them.
 *
 * @module
 */

import type { FolderFile, PutFile } from "../releases/release_folder.ts";

/** Keeps releases. What is read of them is a file of this manager's own folder, whoever it was given to. */
export interface ReleaseFiles {
  /**
   * Puts a file in place of what had its name, in one step: whoever asks for it gets the old one or the new one.
   *
   * @param declared how many bytes will come, when that is known
   * @throws ReleaseProblem as the folder does
   */
  put(name: string, chunks: AsyncIterable<Uint8Array>, declared?: number): Promise<PutFile>;
  /** Takes a file away; false when there is none. */
  remove(name: string): Promise<boolean>;
  /**
   * The file of this name; `undefined` when there is none.
   *
   * @throws StoreUnavailable when there is one that is not here yet
   */
  find(name: string): Promise<FolderFile | undefined>;
}
