/**
 * Tells copies of followed files from files of their own.
 *
 * A rotation may copy a file and then truncate it, a backup may lie beside it. Equal bytes alone make
 * no copy: a nightly job says the same each night. There must be a reason to think of rotation:
 *
 * - The name is one that rotations of that log give. A file that holds exactly the beginning of the
 *   log, which still has it, waits until it is quiet, is then passed over, and is read from its
 *   beginning should it go on otherwise. One that is so short that it may be equal by chance is read.
 * - The other file was truncated, or is gone. What holds what was read of it goes on there.
 *
 * Anything else is read. Doubt is resolved towards reading, and said where lines may be there twice.
 *
 * @module
 */

import { type FileCheckpoint, traceOf } from "../files/checkpoint.ts";
import { areRelated, isNamedCopy } from "./copy_names.ts";
import type { PastLikeness } from "../files/file_content.ts";
import type { FileTail } from "../files/file_tail.ts";
import { hasMarkBehind } from "./generations.ts";
import { goOnAt, goOnAtLine, passOver, readCopied } from "../lines/passing_over.ts";
import type { Originals } from "./originals.ts";
import type { Trace } from "../files/trace.ts";

/** How long a copy must not grow until it counts as finished. */
const FINISHED_AFTER_MS = 2_000;
/** What is shorter and equal may be equal by chance: the first lines of two logs of one program. */
const CERTAIN_BYTES = 256;
/** Longer copies that go on otherwise are copies that were written to. */
const MAX_BANNER_BYTES = 64 * 1024;
/** What is longer than this and the beginning of a file of another name is hardly a common heading. */
const MAX_HEADING_BYTES = 4 * 1024;

/** What is to be decided: `settle` sets the file where reading begins. */
export type Verdict =
  /** Perhaps a copy that is being made of the file of the key `prefixOf`. */
  | { kind: "waits"; prefixOf: string }
  | Settles<{ kind: "own" }>
  /** Read, though it may be a copy: bytes that may be there twice. */
  | Settles<{ kind: "doubtful"; bytes: number }>
  /** A copy of what was read of the file of this key at the path `original`. */
  | Settles<{ kind: "copy"; original: string; key: string }>;

type Settles<Kind> = Kind & {
  /** @throws an error of the system */
  settle(): void;
};

/**
 * What a file of which nothing has been read is. That holds only if no file was truncated meanwhile,
 * which the caller must look at before it settles anything.
 *
 * @throws an error of the system
 */
export function judge(file: FileTail, originals: Originals, nowMs: number): Verdict {
  const kin = originals.relatives.flatMap((tail) => kinship(file, tail) ?? []);
  const first = kin.find(({ kind, original }) => kind === "copy" && original.undecided);
  if (first) return { kind: "waits", prefixOf: first.original.key };
  const decided = kin.filter(({ original }) => !original.undecided);
  const copyOf = decided.filter(({ kind }) => kind === "copy")
    .toSorted((a, b) => +isLikely(file, b) - +isLikely(file, a) || +b.whole - +a.whole)[0];
  if (copyOf) return decidePrefix(file, copyOf, nowMs);
  const begun = [
    ...decided.filter(({ original }) => isMarkedCopy(original, file))
      .map((other) => goOnBehind(file, other)),
    ...originals.truncated.flatMap((tail) => findPast(file, tail.content.past, tail)),
    ...originals.absent.flatMap(({ key, checkpoint, isOriginal }) => {
      const { past } = checkpoint;
      const traces = isOriginal ? [...past, traceOf(checkpoint)] : past;
      return findPast(file, traces, { ...checkpoint, key });
    }),
  ];
  return goOn(file, begun) ?? decideSuccessor(file, originals) ??
    decideStranger(file, originals, nowMs) ?? decideOwn(file, originals.passedOverFor);
}

/** How two files that hold the same from the first byte to the end of the shorter one are related. */
interface Kinship {
  /** `copy`: the other one has all that is here. `longer`: here is all that the other one has. */
  kind: "copy" | "longer";
  original: FileTail;
  /** True when it cannot be by chance: it is all there is, or all that was read. */
  whole: boolean;
}

function kinship(file: FileTail, original: FileTail): Kinship | undefined {
  const { size } = file;
  const shared = original.size > 0 && size > 0 ? original.content.sharedWith(file.content) : 0;
  if (shared === 0 || shared < Math.min(size, original.size)) return undefined;
  const isShorter = size < original.size || (size === original.size && !leads(file, original));
  if (!isShorter) {
    return original.undecided || isSuccessor(file, original)
      ? undefined
      : { kind: "longer", original, whole: true };
  }
  const isRead = original.offset > 0 && size >= original.offset;
  const whole = isRead || size === original.size;
  return isSuccessor(file, original) && !whole ? undefined : { kind: "copy", original, whole };
}

/**
 * Of two that are the same, the one that has been decided about, or of which the other one has the name of a copy, or lies there
 * as it was written, or came first, is the original.
 */
function leads(file: FileTail, other: FileTail): boolean {
  if (!other.undecided || isNamedCopy(other, file)) return false;
  if (isNamedCopy(file, other)) return true;
  return file.packed === other.packed ? file.order < other.order : other.packed;
}

/** What took a log's place under the same first lines is the log going on. */
function isSuccessor(file: FileTail, { moved, log }: { moved: boolean; log: string }): boolean {
  return moved && log === file.log;
}

/** Content that was read, and where a file that holds it goes on. */
interface Begun extends PastLikeness {
  original: Pick<FileTail, "path" | "real" | "log" | "key">;
  /** True when the original was not read to there but passed over. */
  isPassedOver: boolean;
  /** Called when the file goes on there. */
  onBegun?: () => void;
}

/** The file is read instead of the shorter one from where that was read to: what it has not ended yet is whole here. */
function goOnBehind(file: FileTail, { original }: Kinship): Begun {
  const onBegun = () => {
    if (original.unreadBytes > 0) passOver(original, file);
  };
  const isPassedOver = original.copy.copied === original.offset;
  return { readTo: original.offset, whole: true, original, isPassedOver, onBegun };
}

function findPast(
  file: FileTail,
  traces: readonly Trace[],
  original: FileTail | FileCheckpoint & { key: string },
): Begun[] {
  const likeness = file.content.likenessTo(traces);
  if (!likeness || (isSuccessor(file, original) && !likeness.whole)) return [];
  const copied = "copy" in original ? original.copy.copied : original.copied;
  return [{ ...likeness, original, isPassedOver: copied === likeness.readTo }];
}

/** Gives nothing when the file goes on in none. */
function goOn(file: FileTail, begun: readonly Begun[]): Verdict | undefined {
  const verdict = goOnFurthest(file, begun);
  if (!verdict || verdict.kind === "waits") return verdict;
  const settle = () => {
    for (const { onBegun } of begun) onBegun?.();
    verdict.settle();
  };
  return { ...verdict, settle };
}

/** A longer file that begins with a few lines of another one may be another log, unless its name tells. */
function goOnFurthest(file: FileTail, begun: readonly Begun[]): Verdict | undefined {
  const furthest = begun.toSorted((a, b) => b.readTo - a.readTo || +b.whole - +a.whole)[0];
  if (!furthest || furthest.readTo <= file.ownTo) return undefined;
  const { readTo, whole, isPassedOver, original } = furthest;
  const isAll = file.size <= readTo && areRelated(file, original);
  if (readTo >= CERTAIN_BYTES || isAll || file.packed || isMarkedCopy(original, file)) {
    const settle = () => isPassedOver ? goOnAtLine(file, readTo) : goOnAt(file, readTo);
    // Ends before what was read last: what is behind the last mark that it has may be there twice.
    if (!whole && file.size > readTo) {
      return { kind: "doubtful", bytes: file.size - readTo, settle };
    }
    return { kind: "copy", original: original.path, key: original.key, settle };
  }
  return { kind: "doubtful", bytes: readTo, settle: () => readCopied(file) };
}

/** True when `file` has the name of `original` and behind it what only rotations put there. */
function isMarkedCopy({ path, real }: Pick<FileTail, "path" | "real">, file: FileTail): boolean {
  return [path, real].some((log) => hasMarkBehind(log, file.path));
}

/** True when one of the two has a name that only copies of the other one have. */
function isLikely(file: FileTail, { original }: Kinship): boolean {
  return isNamedCopy(original, file) || isNamedCopy(file, original);
}

function decidePrefix(file: FileTail, kinship: Kinship, nowMs: number): Verdict {
  const { original } = kinship;
  if (isBeingWritten(file, nowMs)) return { kind: "waits", prefixOf: original.key };
  const { path, key } = original;
  // What the configuration does not name is read only for what nobody has read.
  if (file.moved || file.packed || file.size >= CERTAIN_BYTES) {
    return { kind: "copy", original: path, key, settle: () => passOver(file, original) };
  }
  if (!isLikely(file, kinship)) return { kind: "own", settle: () => readCopied(file) };
  const settle = () => {
    readCopied(file);
    file.copy.doubt(key);
  };
  return { kind: "doubtful", bytes: file.size - file.ownTo, settle };
}

/** An editor puts a new file with all that was there in place of a log: that is read again, and said. */
function decideSuccessor(file: FileTail, { relatives, absent }: Originals): Verdict | undefined {
  const followed = relatives.filter((original) => isSuccessor(file, original))
    .map(({ content, offset }) => ({ trace: content.trace(), offset }));
  const remembered = absent.filter(({ checkpoint }) => checkpoint.log === file.log)
    .map(({ checkpoint }) => ({ trace: traceOf(checkpoint), offset: checkpoint.offset }));
  const before = [...followed, ...remembered].find(({ trace, offset }) =>
    offset >= CERTAIN_BYTES && file.content.holds(trace) === offset
  );
  return before && { kind: "doubtful", bytes: before.offset, settle: () => readCopied(file) };
}

/**
 * What is equal to a file of another name is read. It waits nevertheless: if the other one is about to
 * be truncated, it is a copy.
 */
function decideStranger(
  file: FileTail,
  { strangers }: Originals,
  nowMs: number,
): Verdict | undefined {
  const isLong = file.size >= CERTAIN_BYTES;
  const kin = isLong && file.copy.copied === 0
    ? strangers.flatMap((tail) => kinship(file, tail) ?? []).find(({ kind }) => kind === "copy")
    : undefined;
  if (!kin) return undefined;
  if (isBeingWritten(file, nowMs)) return { kind: "waits", prefixOf: "" };
  const settle = () => readCopied(file);
  const isAlike = file.size === kin.original.size || file.size > MAX_HEADING_BYTES;
  return isAlike ? { kind: "doubtful", bytes: file.size, settle } : { kind: "own", settle };
}

function isBeingWritten(file: FileTail, nowMs: number): boolean {
  return !file.packed && nowMs - file.activeAtMs < FINISHED_AFTER_MS;
}

function decideOwn(file: FileTail, original: FileTail | undefined): Verdict {
  const bytes = file.copy.copied - file.ownTo;
  if (bytes <= 0 || bytes > MAX_BANNER_BYTES) {
    return { kind: "own", settle: () => file.copy.markOwn() };
  }
  const settle = () => readCopied(file);
  if (original && bothGoOn(file, original)) return { kind: "own", settle };
  return { kind: "doubtful", bytes, settle };
}

/** Two logs of their own: both have what they had in common, and each goes on otherwise. */
function bothGoOn(file: FileTail, original: FileTail): boolean {
  const { copied } = file.copy;
  return original.size > copied && original.content.sharesFirst(copied, file.content);
}
