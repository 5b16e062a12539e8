/**
 * When the folders of logs last changed: as seen at the last look, and up to when everything in them has been seen to.
 *
 * @module
 */

import { folderCheckpoint } from "../files/checkpoint.ts";
import { statAt } from "../files/file_system.ts";
import type { PendingGroup } from "../pending_group.ts";

/** Remembers both. Times are those of the file system, in milliseconds. */
export class FolderTimes {
  readonly #done: Map<string, number>;
  /** Before files were looked for. */
  #looked = new Map<string, number>();
  /** After they were looked for. */
  #found = new Map<string, number>();
  /** Had changed at the last look. */
  #fresh: string[] = [];

  /** @param remembered what was seen to before */
  constructor(remembered: ReadonlyMap<string, number>) {
    this.#done = new Map(remembered);
  }

  /** Up to when everything in each folder has been seen to. */
  get done(): ReadonlyMap<string, number> {
    return this.#done;
  }

  /**
   * True when something may have come to or left a folder since the last look. What comes in the same tick of the clock as
   * the look leaves the time as it is: a folder that had changed is worth another look.
   */
  get mayHaveChanged(): boolean {
    return this.#fresh.length > 0 ||
      [...this.#looked].some(([folder, changedMs]) => folderTime(folder) !== changedMs);
  }

  /** True when something came to or left the folder that has not been seen to, also while files were looked for. */
  isNews(folder: string): boolean {
    return this.#done.get(folder) !== this.#found.get(folder);
  }

  /** Looks at the folders before files are looked for in them: what comes later changes them again. */
  look(folders: ReadonlySet<string>): void {
    const before = this.#looked;
    this.#looked = timesOf(folders);
    this.#fresh = [...folders].filter((folder) => before.get(folder) !== this.#looked.get(folder));
  }

  /** Looks again, and at the folders in which files were found. */
  lookAgain(folders: ReadonlySet<string>): void {
    const unknown = folders.difference(new Set(this.#looked.keys()));
    this.#fresh.push(...unknown);
    for (const folder of unknown) this.#looked.set(folder, folderTime(folder));
    this.#found = timesOf(this.#looked.keys());
  }

  /** Everything that was there at the last look has been seen to. */
  settle(group: PendingGroup): void {
    for (const [folder, changedMs] of this.#looked) {
      if (this.#done.get(folder) === changedMs) continue;
      this.#done.set(folder, changedMs);
      group.set(folderCheckpoint(folder, changedMs));
    }
  }
}

function timesOf(folders: Iterable<string>): Map<string, number> {
  return new Map([...folders].map((folder) => [folder, folderTime(folder)]));
}

/** When something last came to or left a folder; -1 when there is none. */
function folderTime(folder: string): number {
  try {
    return statAt(folder)?.mtime?.getTime() ?? -1;
  } catch {
    return -1;
  }
}
