/**
 * Which file is read how.
 *
 * @module
 */

import type { FileTail } from "../files/file_tail.ts";
import { containerOf } from "./container_path.ts";
import { EventMaker } from "./event_maker.ts";
import { noSourceCounts, type Source, type SourceCounts } from "./source.ts";
import { SourceReader } from "./source_reader.ts";
import type { Members } from "./stages.ts";
import { byteOrderMark, type TextEncoding } from "./text_encoding.ts";

/** How one file is read. */
export interface FileSource {
  reader: SourceReader;
  container: Members;
}

/** What was found out for a path that the file had. */
interface Known {
  path: string;
  source: FileSource | undefined;
}

/** Lines as they are: for a file that says by its mark that it is not UTF-8. */
const PLAIN: Source = {
  encoding: undefined,
  unwrap: undefined,
  isWhole: undefined,
  join: undefined,
  limits: { maxBytes: 262_144, timeoutMs: 5_000 },
  include: [],
  exclude: [],
  rate: undefined,
  redact: undefined,
  parsers: [],
  members: {},
  hasContainer: false,
};

/** The sources of a collector's files. */
export class Sources {
  readonly counts: SourceCounts = noSourceCounts();
  readonly #sourceOf: (path: string) => Source | undefined;
  readonly #known = new WeakMap<FileTail, Known>();

  /** @param sourceOf what the location of a path asks for */
  constructor(sourceOf: (path: string) => Source | undefined) {
    this.#sourceOf = sourceOf;
  }

  /** How a file is read; `undefined` for one of which only lines are asked. */
  of(tail: FileTail): FileSource | undefined {
    let known = this.#known.get(tail);
    if (known?.path !== tail.path) {
      const source = this.#sourceOf(tail.path) ?? this.#sourceOf(tail.log);
      known = { path: tail.path, source: source && this.#make(source, tail) };
      this.#known.set(tail, known);
    }
    // A file may get its mark after it was found empty.
    if (!known.source && isWide(markOf(tail))) known.source = this.#make(PLAIN, tail);
    return known.source;
  }

  #make(source: Source, { path, real }: FileTail): FileSource {
    const reader = new SourceReader(source, new EventMaker(source, this.counts));
    return { reader, container: source.hasContainer ? containerOf(path, real) : {} };
  }
}

/** The encoding that a file says to have. */
function markOf({ content }: FileTail): TextEncoding | undefined {
  return byteOrderMark(content.head)?.encoding;
}

function isWide(encoding: TextEncoding | undefined): boolean {
  return encoding !== undefined && encoding.unitBytes > 1;
}
