/**
 * What a file may be a copy of, found without comparing each file with each.
 *
 * @module
 */

import type { AbsentFile } from "./absent_files.ts";
import { Beginnings } from "../lines/beginnings.ts";
import type { FileCheckpoint } from "../files/checkpoint.ts";
import { CopyNames } from "./copy_names.ts";
import type { FileTail } from "../files/file_tail.ts";

/** Strangers that a file is compared with: enough to see that it is equal to one of many equal files. */
const MOST_STRANGERS = 4;

/** What one file may be a copy of. */
export interface Originals {
  /** Files that begin alike and of which it may be a copy by its name. */
  relatives: readonly FileTail[];
  /** The file of which it was taken for a copy, if that is followed. */
  passedOverFor: FileTail | undefined;
  /** Some of the files of other names that begin with all it has. */
  strangers: readonly FileTail[];
  /** Files of which something was truncated. */
  truncated: readonly FileTail[];
  /** Files that are remembered and not followed now. */
  absent: readonly AbsentOriginal[];
}

/** A file that is remembered. */
interface AbsentOriginal {
  key: string;
  checkpoint: FileCheckpoint;
  /** False when only what was truncated of it may have been copied: the rest is there, under another name. */
  isOriginal: boolean;
}

/** The files as they are at one moment. */
export class OriginalsIndex {
  readonly #byKey: ReadonlyMap<string, FileTail>;
  readonly #names: CopyNames<FileTail>;
  readonly #beginnings: Beginnings;
  readonly #truncated: readonly FileTail[];
  /** Remembered files whose content, or a part of it, only a copy may have. */
  readonly #gone: readonly AbsentFile[];
  readonly #absent: ReadonlyMap<FileCheckpoint, AbsentFile>;
  readonly #absentNames: CopyNames<FileCheckpoint>;

  constructor(tails: readonly FileTail[], absent: readonly AbsentFile[]) {
    this.#byKey = new Map(tails.map((tail) => [tail.key, tail]));
    this.#names = new CopyNames(tails);
    this.#beginnings = new Beginnings(tails);
    this.#truncated = tails.filter(({ content }) => content.past.length > 0);
    this.#gone = absent.filter((file) => isMissing(file) || file.checkpoint.past.length > 0);
    this.#absent = new Map(absent.map((file) => [file.checkpoint, file]));
    this.#absentNames = new CopyNames(this.#absent.keys());
  }

  /** What `file` may be a copy of. */
  of(file: FileTail): Originals {
    const related = this.#names.relativesOf(file);
    const relatives = [...related]
      .filter((tail) => tail !== file && tail.content.startsLike(file.content))
      .sort((a, b) => a.order - b.order);
    const strangers = this.#beginnings.thatBeginLike(file, MOST_STRANGERS)
      .filter((tail) => !related.has(tail));
    const truncated = this.#truncated.filter((tail) => tail !== file);
    const passedOverFor = this.#byKey.get(file.copy.copyOf);
    const absent = this.#absentOriginalsOf(file);
    return { relatives, passedOverFor, strangers, truncated, absent };
  }

  #absentOriginalsOf(file: FileTail): AbsentOriginal[] {
    const related = this.#absentNames.relativesOf(file);
    const named = [...related].flatMap((checkpoint) => this.#absent.get(checkpoint) ?? []);
    return [...new Set([...this.#gone, ...named])].map((absent) => {
      const { key, checkpoint } = absent;
      // No copy of what is there is longer.
      const mayBeThere = related.has(checkpoint) && file.size <= checkpoint.size;
      return { key, checkpoint, isOriginal: isMissing(absent) || mayBeThere };
    });
  }
}

function isMissing({ missingSinceMs }: AbsentFile): boolean {
  return missingSinceMs !== undefined;
}
