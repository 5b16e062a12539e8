/**
 * Finds the files that a log was renamed to.
 *
 * A rotated file stays in its folder and has a number or a date in its name, behind the log's name
 * (`app.log.1`, `app.log-20260219`) or before its ending (`app.1.log`). Which came first is told by
 * when they were made: renaming does not change that.
 *
 * @module
 */

import { basename, dirname, extname, join } from "node:path";
import { type FileIdentity, identityOf } from "./file_identity.ts";

/** A file in the folder of a log. */
export interface Sibling {
  path: string;
  info: Deno.FileInfo;
}

/** The regular files in the folder of `path`; none when it cannot be listed. */
export function siblingsOf(path: string): Sibling[] {
  const folder = dirname(path);
  const siblings: Sibling[] = [];
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      const sibling = infoOf(join(folder, name));
      if (sibling) siblings.push(sibling);
    }
  } catch {
    return siblings;
  }
  return siblings;
}

/** True when `candidate` is what a rotation may have renamed or copied `path` to. */
export function isRotationOf(path: string, candidate: string): boolean {
  return dirname(path) === dirname(candidate) && markOf(path, candidate) !== undefined;
}

/**
 * The rotated files of a log that were made after `last` and, if there is a `current` one, not
 * after that, oldest first: what came and went between two looks. None where the system does not
 * know when a file was made.
 */
export function rotationsBetween(
  log: string,
  { last, current }: { last: FileIdentity; current: FileIdentity | undefined },
): Sibling[] {
  const siblings = siblingsOf(log).filter(({ path }) => isRotationOf(log, path));
  const lastPath = siblings.find(({ info }) => identityOf(info).ino === last.ino)?.path;
  const { ino: lastIno, born_ms: from } = last;
  const to = current ? current.born_ms : Infinity;
  if (lastIno === null || from === null || to === null) return [];
  return siblings.filter(({ path, info }) => {
    const { ino, born_ms } = identityOf(info);
    if (ino === lastIno || ino === current?.ino || born_ms === null) return false;
    if (born_ms === from) return lastPath !== undefined && isNewer(log, path, lastPath);
    return born_ms > from && born_ms <= to;
  }).sort((a, b) => bornMs(a) - bornMs(b) || (isNewer(log, a.path, b.path) ? 1 : -1));
}

function infoOf(path: string): Sibling | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isFile ? { path, info } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The number or date that a rotation put into the name; `undefined` when it is no rotation of
 * `path`.
 */
function markOf(path: string, candidate: string): string | undefined {
  const name = basename(path);
  const other = basename(candidate);
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  const behind = other.startsWith(name) ? other.slice(name.length) : undefined;
  const before = other.startsWith(stem) && other.endsWith(extension)
    ? other.slice(stem.length, other.length - extension.length)
    : undefined;
  return [behind, before].find((mark) => mark !== undefined && /^[._-]\d[\d._-]*$/.test(mark));
}

/** Whether rotation `a` is newer than `b` by name: the lower number, or the later date. */
function isNewer(path: string, a: string, b: string): boolean {
  const first = (markOf(path, a) ?? "").slice(1);
  const second = (markOf(path, b) ?? "").slice(1);
  const numbers = /^\d{1,5}$/.test(first) && /^\d{1,5}$/.test(second);
  return numbers ? Number(first) < Number(second) : first > second;
}

function bornMs({ info }: Sibling): number {
  return info.birthtime?.getTime() ?? 0;
}
