/**
 * Finds the files that a log was written to between two looks and that nobody has seen yet.
 *
 * A file that is known is found by what it is, whatever it is called now. One that was made and
 * renamed between two looks is known to nobody: it is taken for a part of the log only when it lies
 * beside the log under the name that its rotation gives (where the file before went tells which),
 * and was made after the log was last written under its own name, and not after the file that is
 * there now. Everything else beside a log is none of the agent's business.
 *
 * @module
 */

import { basename, dirname, extname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type FileIdentity, identityKey, identityOf, sameFile } from "../files/file_identity.ts";
import { type FileInfo, realPathOf } from "../files/file_system.ts";

/** A file in the folder of a log. */
export interface Sibling {
  path: string;
  info: FileInfo;
}

/** The key of the file. */
export function keyOf({ path, info }: Sibling): string {
  return identityKey(identityOf(info), path);
}

/** Where a log stands between two looks. */
interface Gap {
  /** Real path of the log. */
  log: string;
  /** Milliseconds: files made earlier were there before. */
  afterMs: number;
  /** The file that was at the log's path before. */
  last?: FileIdentity;
  /** True when earlier files of the log got their mark before its ending. */
  marksWithin?: boolean;
  /** True when it was rotated, wherever the file before went. */
  isRotated?: boolean;
  /** The file that is there now. */
  current: FileIdentity | undefined;
  /** Where that lies, links resolved. */
  currentReal?: string;
}

/** The regular files in the folder of `path`; none when it cannot be listed. */
export function siblingsOf(path: string): Sibling[] {
  const folder = dirname(path);
  const siblings: Sibling[] = [];
  try {
    for (const { name, isFile } of Deno.readDirSync(folder)) {
      const sibling = isFile ? infoOf(join(folder, name)) : undefined;
      if (sibling) siblings.push(sibling);
    }
  } catch {
    return siblings;
  }
  return siblings;
}

/** Listings that are made again because files are renamed meanwhile. */
const MAX_LISTINGS = 4;

/** Files of the log that came and went in the gap, oldest first. */
export function generationsIn(gap: Gap): Sibling[] {
  return untilStill(() => listGenerations(gap));
}

/** What is listed while files are renamed lacks some, and has others under the names of their neighbours. */
function untilStill(list: () => Sibling[]): Sibling[] {
  let found = list();
  for (let left = MAX_LISTINGS; left > 0; left--) {
    const again = list();
    if (isDeepStrictEqual(placesOf(again), placesOf(found))) break;
    found = again;
  }
  return found;
}

function placesOf(siblings: readonly Sibling[]): unknown[] {
  return siblings.map(({ path, info }) => [path, info.ino]);
}

function listGenerations(gap: Gap): Sibling[] {
  const { log, afterMs, last, current, currentReal = log, marksWithin = false } = gap;
  const siblings = siblingsOf(log);
  const isRelinked = currentReal !== log && dirname(currentReal) === dirname(log);
  const before = siblings.find(({ info }) => last && isSameInode(identityOf(info), last));
  const to = current ? current.born_ms : Infinity;
  // Neither where the log went nor what took its place is known: it was deleted.
  if (to === null || (!current && !before && !gap.isRotated)) return [];
  const isRising = before !== undefined && hasRisingNumbers(log, before, siblings);
  const isInGap = ({ path, info }: Sibling) => {
    const identity = identityOf(info);
    const { born_ms } = identity;
    if (born_ms === null || born_ms < afterMs || born_ms > to) return false;
    if (
      identity.ino === null ||
      [last, current].some((other) => other && isSameInode(identity, other))
    ) {
      return false;
    }
    return isRelinked
      ? isLikeName(currentReal, path)
      : followsByName(log, path, { before: before?.path, marksWithin, isRising });
  };
  return siblings.filter(isInGap)
    .sort((a, b) => bornMs(a.info) - bornMs(b.info) || (isNewer(log, a.path, b.path) ? 1 : -1));
}

/** Compressed files that rotations of `log` made at `afterMs` or later, oldest first. */
export function packedIn(log: string, afterMs: number): Sibling[] {
  return untilStill(() => listPacked(log, afterMs));
}

function listPacked(log: string, afterMs: number): Sibling[] {
  const plain = (path: string) => path.slice(0, -extname(path).length);
  return siblingsOf(log).filter(({ path, info }) =>
    isCompressed(path) && hasMarkBehind(log, plain(path)) && bornMs(info) >= afterMs
  ).sort((a, b) => isNewer(log, plain(a.path), plain(b.path)) ? 1 : -1);
}

/** True for the name of a compressed file that can be unpacked. */
export function isCompressed(path: string): boolean {
  return path.endsWith(".gz");
}

/** True when `candidate` is what a rotation may have renamed or copied `log` to. */
export function isRotationName(log: string, candidate: string): boolean {
  return hasMarkBehind(log, candidate) ||
    (dirname(log) === dirname(candidate) && markWithin(log, candidate) !== undefined);
}

/** True when `candidate` has the whole name of `log`, and a number, a date or such behind it. */
export function hasMarkBehind(log: string, candidate: string): boolean {
  return dirname(log) === dirname(candidate) && markBehind(log, candidate) !== undefined;
}

/** True when the names differ in their numbers at most: targets that a link led to one after the other. */
function isLikeName(a: string, b: string): boolean {
  const shapeOf = (path: string) => basename(path).replaceAll(/\d+/g, "0");
  return dirname(a) === dirname(b) && /\d/.test(basename(a)) && shapeOf(a) === shapeOf(b);
}

/**
 * Where the file that was opened at `at` lies, links resolved. A link may lead elsewhere by now: then it is the target of a
 * name like that, and not where the link leads, or what came between the two would never be looked for.
 */
export function realPathOfOpened(at: string, identity: FileIdentity): string {
  const real = realPathOf(at);
  const isOpened = (sibling: Sibling | undefined) =>
    sibling !== undefined && sameFile(identityOf(sibling.info), identity);
  if (real === at || isOpened(infoOf(real))) return real;
  const target = siblingsOf(real).find(isOpened)?.path;
  return target !== undefined && isLikeName(real, target) ? target : real;
}

/** The inode of a file that is gone may be another one's by now. Devices may get other numbers. */
function isSameInode(a: FileIdentity, b: FileIdentity): boolean {
  return sameFile(a, { ...b, dev: a.dev });
}

/** The regular file at `path`; `undefined` when there is none. */
export function infoOf(path: string): Sibling | undefined {
  try {
    const info = Deno.lstatSync(path);
    return info.isFile ? { path, info } : undefined;
  } catch {
    return undefined;
  }
}

/** True when rotation puts the mark of `rotated` before the ending of `log`. */
export function hasMarkWithin(log: string, rotated: string): boolean {
  return markBehind(log, rotated) === undefined && markWithin(log, rotated) !== undefined;
}

/** What is known of the names that the rotation of a log gives. */
interface Naming {
  /** Where the file before lies now, if it does. */
  before: string | undefined;
  marksWithin: boolean;
  /** True when later files get higher numbers: a name is given once. */
  isRising: boolean;
}

/**
 * Whether the rotation that gave the file before the name `before` may have given a later one the
 * name `path`. Where that file went nobody knows if it is gone: then the mark must be where those of
 * earlier files were.
 */
function followsByName(
  log: string,
  path: string,
  { before, marksWithin, isRising }: Naming,
): boolean {
  const isWithin = before === undefined ? marksWithin : hasMarkWithin(log, before);
  const markOf = isWithin ? markWithin : markBehind;
  const mark = markOf(log, path);
  const known = before === undefined ? undefined : markOf(log, before);
  if (mark === undefined) return false;
  if (before === undefined) return true;
  if (known === undefined || kindOf(mark) !== kindOf(known)) return false;
  // Behind a word nobody knows which number is newer; when the files were made has told already.
  return kindOf(mark) === "word" || isNewer(log, path, before) !== isRising;
}

/** Whether a file with a lower number is older: where names are given on, it is younger. */
function hasRisingNumbers(log: string, before: Sibling, siblings: readonly Sibling[]): boolean {
  const markOf = hasMarkWithin(log, before.path) ? markWithin : markBehind;
  const numberOf = ({ path }: Sibling) => {
    const mark = markOf(log, path);
    return mark !== undefined && kindOf(mark) === "number" ? Number(mark.slice(1)) : undefined;
  };
  const last = numberOf(before);
  return last !== undefined &&
    siblings.some((sibling) =>
      (numberOf(sibling) ?? Infinity) < last && bornMs(sibling.info) < bornMs(before.info)
    );
}

const NUMBER_OR_DATE = /^[._-]\d[\d._T-]*$/;
const NUMBER_DATE_OR_WORD = /^[._-](\d[\d._T-]*|(old|prev|bak)([._-]\d[\d._T-]*)?)$/;

/** What stands behind the log's whole name: `.1`, `-20260219`, `.old`, `.old.3`. */
function markBehind(log: string, candidate: string): string | undefined {
  const name = basename(log);
  const other = basename(candidate);
  const mark = other.startsWith(name) ? other.slice(name.length) : "";
  return NUMBER_DATE_OR_WORD.test(mark) ? mark : undefined;
}

/** What stands before the log's ending: `app.1.log`, `app-20260219.log`. */
function markWithin(log: string, candidate: string): string | undefined {
  const name = basename(log);
  const other = basename(candidate);
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  if (!other.startsWith(stem) || !other.endsWith(extension)) return undefined;
  const mark = other.slice(stem.length, other.length - extension.length);
  return NUMBER_OR_DATE.test(mark) ? mark : undefined;
}

function kindOf(mark: string): "number" | "date" | "word" {
  if (/^.\d{1,5}$/.test(mark)) return "number";
  return /^.\d/.test(mark) ? "date" : "word";
}

/** Whether rotation `a` is newer than `b` by name: the word alone, the lower number, or the later date. */
function isNewer(log: string, a: string, b: string): boolean {
  const [first = "", second = ""] = [a, b].map((path) =>
    (markBehind(log, path) ?? markWithin(log, path) ?? "").slice(1)
  );
  if (/^[a-z]+$/.test(first)) return first !== second;
  const numbers = /^\d{1,5}$/.test(first) && /^\d{1,5}$/.test(second);
  return numbers ? Number(first) < Number(second) : first > second;
}

/** When a file was made, in milliseconds; `-Infinity` where the system does not know. */
export function bornMs({ birthtime }: FileInfo): number {
  return birthtime?.getTime() ?? -Infinity;
}
