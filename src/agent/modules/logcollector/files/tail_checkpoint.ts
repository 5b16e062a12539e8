/**
 * What is remembered of a followed file.
 *
 * @module
 */

import type { FileCheckpoint } from "./checkpoint.ts";
import type { FileTail } from "./file_tail.ts";

/** Where to go on in the file. */
export function checkpointOf(tail: FileTail): FileCheckpoint {
  const { fingerprint, marks } = tail.content.trace();
  return {
    log: tail.log,
    path: tail.path,
    real: tail.real,
    ...tail.identity,
    order: tail.order,
    ...tail.reading.position,
    copied: tail.copy.copied,
    own_to: tail.copy.ownTo,
    copy_of: tail.copy.copyOf,
    prefix_of: tail.copy.prefixOf,
    packed: tail.packed,
    marks_within: tail.marksWithin,
    moved: tail.moved,
    missed: false,
    size: tail.size,
    mtime_ms: tail.searchedMs,
    fingerprint,
    marks: [...marks],
    past: [...tail.content.past],
  };
}
