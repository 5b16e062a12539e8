/**
 * Events that were open in a file when it was truncated: their lines are in no file any more, and still in memory.
 *
 * They are given as far as they go once it is known that no copy has them. A kill before that loses them, which the ledger then says.
 *
 * @module
 */

import type { FileTail } from "../files/file_tail.ts";
import type { PastContent } from "../files/trace.ts";
import { readTo } from "../files/trace.ts";
import type { OpenEvents } from "./open_event.ts";
import type { SourceReader } from "./source_reader.ts";

/** What was open in one content of a file. */
interface Left {
  /** Where the first of them began. */
  start: number;
  open: OpenEvents;
}

interface Known {
  /** How often the file had been begun anew when it was read last. */
  restarts: number;
  left: Left[];
}

/** What was open in each file that was truncated. */
export class LeftEvents {
  readonly #known = new WeakMap<FileTail, Known>();

  /** To be called before a file is read: what its reader has open may be of what was truncated. */
  note(tail: FileTail, reader: SourceReader): void {
    const { restarts } = tail.content;
    const known = this.#known.get(tail) ?? { restarts, left: [] };
    this.#known.set(tail, known);
    if (known.restarts === restarts) return;
    known.restarts = restarts;
    const open = reader.leave();
    const starts = [...open.values()].map(({ start = 0 }) => start);
    if (starts.length > 0) known.left.push({ start: Math.min(...starts), open });
  }

  /** What was open in `past`, once. */
  take(tail: FileTail, past: PastContent): OpenEvents | undefined {
    const left = this.#known.get(tail)?.left ?? [];
    const index = left.findIndex(({ start }) => start === readTo(past));
    return index === -1 ? undefined : left.splice(index, 1)[0]?.open;
  }
}
