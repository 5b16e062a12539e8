/**
 * Tells copies of followed files from files of their own.
 *
 * A rotation may copy a file and then truncate it, a backup may lie beside it. What counts is what
 * the files hold, not what they are called:
 *
 * - A file that holds exactly the beginning of another one, which still has it, is a copy, or one
 *   that is still being made, or a second log that has written nothing but the same first lines. It
 *   waits until it is quiet, is then passed over, and is read from its beginning should it go on
 *   otherwise.
 * - A file that holds what was read of another one, which has it no longer, goes on where the other
 *   one was read to.
 * - Doubt is resolved towards reading, and said.
 *
 * @module
 */

import { type FileCheckpoint, traceOf } from "./checkpoint.ts";
import type { Likeness } from "./file_content.ts";
import type { FileTail } from "./file_tail.ts";
import { hasMarkBehind } from "./generations.ts";

/** How long a copy must not grow until it counts as finished. */
const FINISHED_AFTER_MS = 2_000;
/** What is shorter and equal may be equal by chance: the first lines of two logs of one program. */
const CERTAIN_BYTES = 256;
/** Longer copies that go on otherwise are copies that were written to. */
const MAX_BANNER_BYTES = 64 * 1024;

/** What a file may be a copy of. */
interface Originals {
  tails: readonly FileTail[];
  /** Files that are remembered and not followed now, by key. */
  absent: readonly { key: string; checkpoint: FileCheckpoint }[];
}

/** What was decided, and why it is told. */
export type Verdict =
  | { kind: "waits" }
  | { kind: "own" }
  /** Read, though it may be a copy: bytes that may be there twice. */
  | { kind: "doubtful"; bytes: number }
  /** A copy of what was read of `original`. */
  | { kind: "copy"; original: string };

/**
 * Decides about a file of which nothing has been read, and sets it where reading begins.
 *
 * @throws an error of the system
 */
export function judge(file: FileTail, { tails, absent }: Originals, nowMs: number): Verdict {
  const others = tails.filter((tail) => tail !== file && tail.copied === 0);
  let prefix: { whole: boolean; original: string } | undefined;
  let past: { likeness: PastLikeness; original: FileTail } | undefined;
  for (const original of others) {
    const likeness = original.likenessOf(file);
    // What took a log's place under the same first lines is the log going on.
    const isSuccessor = original.moved && original.log === file.log;
    if (likeness.kind === "past") past ??= { likeness, original };
    else if (likeness.kind === "prefix" && (likeness.whole || !isSuccessor) && !prefix?.whole) {
      prefix = { whole: likeness.whole, original: original.path };
    }
  }
  if (past) past.original.noteCopy(file.size);
  if (prefix) return decidePrefix(file, prefix, nowMs);
  if (past) return goOnAfter(file, past, others);
  for (const { checkpoint } of absent) {
    const likeness = file.likenessTo([...checkpoint.past, traceOf(checkpoint)]);
    const isSuccessor = checkpoint.moved && checkpoint.log === file.log;
    if (likeness.kind === "past" && (likeness.whole || !isSuccessor)) {
      return passOver(file, likeness, checkpoint);
    }
  }
  return decideOwn(file);
}

type PastLikeness = Extract<Likeness, { kind: "past" }>;

/** Several copies may have the same rest: it is read from the shortest, and what more there is from the others. */
function goOnAfter(
  file: FileTail,
  { likeness, original }: { likeness: PastLikeness; original: FileTail },
  others: readonly FileTail[],
): Verdict {
  const shorter = others.find((other) =>
    !other.undecided && other.size > likeness.readTo && other.size < file.size &&
    other.isBeginningOf(file)
  );
  if (shorter && !shorter.drained) return { kind: "waits" };
  const readTo = Math.max(likeness.readTo, shorter?.offset ?? 0);
  return passOver(file, { ...likeness, readTo }, original);
}

/** A longer file that begins with a few lines of another one may be another log, unless its name tells. */
function passOver(
  file: FileTail,
  { readTo, whole }: PastLikeness,
  { path, real }: { path: string; real: string },
): Verdict {
  const isCertain = readTo >= CERTAIN_BYTES || file.size <= readTo;
  if (isCertain || [path, real].some((log) => hasMarkBehind(log, file.path))) {
    file.passOverRead(readTo);
    // Ends before what was read last: what is behind the last mark that it has may be there twice.
    if (!whole && file.size > readTo) return { kind: "doubtful", bytes: file.size - readTo };
    return { kind: "copy", original: path };
  }
  file.readCopied();
  return { kind: "doubtful", bytes: readTo };
}

function decidePrefix(
  file: FileTail,
  { whole, original }: { whole: boolean; original: string },
  nowMs: number,
): Verdict {
  if (nowMs - file.activeAtMs < FINISHED_AFTER_MS) return { kind: "waits" };
  // What the configuration does not name is read only for what nobody has read.
  if (whole || file.moved || file.size >= CERTAIN_BYTES) {
    file.passOverCopied(file.size);
    return { kind: "copy", original };
  }
  const bytes = file.size;
  file.readCopied();
  return { kind: "doubtful", bytes };
}

function decideOwn(file: FileTail): Verdict {
  const bytes = file.copied;
  if (bytes === 0 || bytes > MAX_BANNER_BYTES) {
    file.markOwn();
    return { kind: "own" };
  }
  file.readCopied();
  return { kind: "doubtful", bytes };
}
