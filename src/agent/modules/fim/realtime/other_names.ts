/**
 * The other names of a file that was changed by one of them: hard links, of whose folders nothing is heard.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { Wakeup } from "../../../../shared/wakeup.ts";
import { readMark } from "../record/record_codec.ts";
import type { Difference } from "../scan/comparison.ts";
import { type ReadPage, StoredRows } from "../scan/stored_rows.ts";
import { fileOf } from "./renames.ts";

/** So long after each other they are looked for, in milliseconds: it takes a walk through everything that is stored. */
const BETWEEN_MS = 30_000;
/** So many are looked for at once. */
const MAX_FILES = 10_000;
/** So much is looked through before others have their turn. */
const SLICE = 1_000;

interface OtherNamesDeps {
  clock: Clock;
  readPage: ReadPage;
  /** Has paths looked at. */
  onFound: (path: string) => void;
}

/** Looks for other names now and then, while there is somebody to look for. */
export class OtherNames {
  readonly #deps: OtherNamesDeps;
  readonly #wakeup: Wakeup;
  #wanted = new Map<string, string>();
  /** Paths that were found here: what has changed there was known. */
  readonly #found = new Set<string>();

  constructor(deps: OtherNamesDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** Takes what changed: of files with several names the others are looked for. */
  note(differences: readonly Difference[]): void {
    const before = this.#wanted.size;
    for (const difference of differences) {
      if (difference.kind === "missing" || difference.before === undefined) continue;
      if (this.#found.delete(difference.path) || this.#wanted.size >= MAX_FILES) continue;
      if (readMark(difference.data).status.links < 2) continue;
      this.#wanted.set(fileOf(difference.data), difference.path);
    }
    if (this.#wanted.size > before) this.#wakeup.wake();
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#wanted.size === 0) await this.#wakeup.wait(undefined, signal);
      else {
        await this.#search(signal);
        await this.#deps.clock.sleep(BETWEEN_MS, signal).catch(() => {});
      }
    }
  }

  async #search(signal: AbortSignal): Promise<void> {
    const { readPage, onFound } = this.#deps;
    const wanted = this.#wanted;
    this.#wanted = new Map();
    this.#found.clear();
    const rows = new StoredRows(readPage, [{ from: "", until: undefined }]);
    let count = 0;
    for (let row = rows.next; row !== undefined && !signal.aborted; row = rows.next) {
      rows.take();
      const named = wanted.get(fileOf(row.data));
      if (named !== undefined && named !== row.key) {
        this.#found.add(row.key);
        onFound(row.key);
      }
      if (++count % SLICE === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  }
}
