/**
 * Walks files and what is stored of them side by side, and says what differs.
 *
 * @module
 */

import { prefixOf } from "../rules/paths.ts";
import type { Examiner } from "./examine.ts";
import type { StoredFile, StoredRows } from "./stored_rows.ts";
import type { Met, WalkStep } from "./walker.ts";

/** Something that is not as it is stored. */
export type Difference =
  | {
    kind: "put";
    path: string;
    data: Uint8Array;
    /** What it holds, where texts are compared line by line. */
    text: Uint8Array | undefined;
    /** What was stored of it. @default nothing: it is new, or a child found it */
    before?: Uint8Array | undefined;
  }
  | { kind: "missing"; path: string; before?: Uint8Array };

/** What is counted on the way. */
interface ComparisonCounts {
  /** Things that were met. */
  items: number;
  /** New things that were not taken, by the watched folder that they lie in. */
  overLimit: Record<string, number>;
  /** Folders that could not be looked into, and the first of them. */
  unseen: number;
  firstUnseen: string | undefined;
}

interface ComparisonOptions {
  steps: Iterable<WalkStep>;
  rows: StoredRows;
  examiner: Examiner;
  /** So many new things are taken. */
  room: number;
  /** What is known of a file that was moved to here, so that it need not be read. @default nothing */
  movedFrom?: (met: Met) => Uint8Array | undefined;
  /** Whether a file that would have to be read is left to somebody else. @default none is */
  defers?: (met: Met) => boolean;
}

/** One comparison. */
export class Comparison {
  readonly counts: ComparisonCounts = {
    items: 0,
    overLimit: {},
    unseen: 0,
    firstUnseen: undefined,
  };
  readonly #options: ComparisonOptions;
  #room: number;

  constructor(options: ComparisonOptions) {
    this.#options = options;
    this.#room = options.room;
  }

  /** Each step is a difference, or a moment at which others may have their turn. */
  *differences(): Generator<Difference | undefined> {
    const { steps, rows, examiner } = this.#options;
    for (const step of steps) {
      if (step.kind === "entering") continue;
      const key = step.kind === "met" ? step.met.path : prefixOf(step.path);
      for (let row = rows.takeBefore(key); row !== undefined; row = rows.takeBefore(key)) {
        yield missing(row);
      }
      if (step.kind === "unseen") {
        this.#passOver(step.path);
        continue;
      }
      this.counts.items++;
      const row = rows.takeAt(key);
      // Most are as they were: for these nothing more is done than has to be.
      if (row !== undefined && examiner.isUnchanged(step.met, row.data)) yield undefined;
      else yield* this.#compare(step.met, row);
    }
    for (let row = rows.next; row !== undefined; row = rows.next) {
      rows.take();
      yield missing(row);
    }
  }

  *#compare(met: Met, row: StoredFile | undefined): Generator<Difference | undefined> {
    const { examiner, movedFrom, defers } = this.#options;
    const { path } = met;
    if (row === undefined && !this.#takeRoom(met)) return;
    const moved = row === undefined ? movedFrom?.(met) : undefined;
    if (moved !== undefined && examiner.isUnchanged(met, moved)) {
      return yield { kind: "put", path, data: moved, text: undefined };
    }
    if (defers?.(met)) return yield undefined;
    const { data, text } = yield* paused(examiner.examine(met));
    const isSame = row !== undefined && isEqual(row.data, data);
    yield isSame ? undefined : { kind: "put", path, data, text, before: row?.data };
  }

  /** Whether a new thing may be taken. */
  #takeRoom({ directory }: Met): boolean {
    if (this.#room-- > 0) return true;
    const { path } = directory.options;
    const { overLimit } = this.counts;
    overLimit[path] = (overLimit[path] ?? 0) + 1;
    return false;
  }

  /** What is below a folder that cannot be read may be there or not: it stays as it is. */
  #passOver(path: string): void {
    this.counts.unseen++;
    this.counts.firstUnseen ??= path;
    this.#options.rows.skip(prefixOf(path));
  }
}

function missing({ key, data }: StoredFile): Difference {
  return { kind: "missing", path: key, before: data };
}

/** Steps of another kind, as moments for others. */
function* paused<Result>(steps: Generator<void, Result>): Generator<undefined, Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    yield undefined;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
