/**
 * A compressed file that belongs to a log and that nobody has looked into.
 *
 * @module
 */

import type { FileCheckpoint } from "./checkpoint.ts";
import { fingerprintOf, identityOf } from "./file_identity.ts";
import { bornMs, type Sibling } from "../rotation/generations.ts";

/** A compressed file that nobody knows. */
export interface PackedFile {
  /** The file, and where it lay when it was found. */
  file: Sibling;
  /** The log that it is a part of. */
  log: string;
  /** Where that lay, links resolved. */
  real: string;
  /** Place among the files of that log. */
  order: number;
  /** Key of the file of that log that was known last; empty for none. */
  after: string;
}

const NOTHING = fingerprintOf(new Uint8Array());

/** What is remembered of the file until somebody looks into it. */
export function unseenCheckpoint({ file: { info }, log, real, order }: PackedFile): FileCheckpoint {
  const made = bornMs(info);
  return {
    log,
    path: log,
    real,
    ...identityOf(info),
    order,
    offset: 0,
    skipping: false,
    continuing: false,
    copied: 0,
    own_to: 0,
    copy_of: "",
    prefix_of: "",
    packed: true,
    marks_within: false,
    moved: true,
    missed: false,
    // Something, as far as anybody knows.
    size: 1,
    mtime_ms: Number.isFinite(made) ? made : 0,
    fingerprint: NOTHING,
    marks: [],
    past: [],
  };
}

/** True when nobody has looked into the compressed file: how much it holds is unknown. */
export function isUnseen({ packed, fingerprint, size }: FileCheckpoint): boolean {
  return packed && fingerprint.length === 0 && size > 0;
}
