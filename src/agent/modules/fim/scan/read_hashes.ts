/**
 * Digests of what a file holds.
 *
 * Reads are synchronous, in large pieces: asynchronous ones cost more than twice the processor time.
 *
 * @module
 */

import { createHash, hash } from "node:crypto";
import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { type Hashes, isSameFile } from "../record/file_record.ts";
import type { HashName } from "../rules/hash_names.ts";
import type { OpenFile, OpenFolder } from "../tree/file_tree.ts";

/** How a file is read. */
interface ReadOptions {
  hashes: readonly HashName[];
  /** Whether a link is followed. */
  follow: boolean;
  /** What is read at a time; the same buffer for all files. */
  buffer: Uint8Array<ArrayBuffer>;
  /** Wall clock, milliseconds. */
  now: () => number;
  /** Keep what was read of a file of at most so many bytes. @default 0 */
  keepBytes?: number;
}

/** What came of reading. */
export interface ReadFile {
  /** The file as it was while it was read. */
  status: FileStatus;
  hashes: Hashes;
  /** See `OpenFile.rights`. */
  rights: readonly string[];
  /** Wall clock, milliseconds: when reading began. */
  readAtMs: number;
  content: Uint8Array | undefined;
}

/** What keeps a file from being read. */
type Unread = "unreadable" | "changing";

/** A file that changes while it is read is read so often. */
const TRIES = 3;

/**
 * Reads a file. Each step but the last is a moment at which others may have their turn; the file is open meanwhile.
 *
 * @returns what was read, or why it was not
 */
export function* readHashes(
  folder: OpenFolder,
  name: string,
  options: ReadOptions,
): Generator<void, ReadFile | Unread> {
  for (let tries = 0; tries < TRIES; tries++) {
    const file = folder.openFile(name, { follow: options.follow });
    if (file === undefined) return "unreadable";
    try {
      const read = yield* readOnce(file, options);
      if (read !== undefined) return read;
    } catch {
      // A disk that cannot be read, or a file that may only be opened.
      return "unreadable";
    } finally {
      file.close();
    }
  }
  return "changing";
}

/** `undefined` when the file changed meanwhile. */
function* readOnce(file: OpenFile, options: ReadOptions): Generator<void, ReadFile | undefined> {
  const { buffer, now, keepBytes = 0 } = options;
  const status = file.status();
  const readAtMs = now();
  const rights = file.rights();
  const first = file.read(buffer);
  const isWhole = first === status.size && first < buffer.length;
  const kept = isWhole && first <= keepBytes ? buffer.slice(0, first) : undefined;
  const hashes = isWhole
    ? hashesOf(buffer.subarray(0, first), options.hashes)
    : yield* hashesOfLarge(file, { first, size: status.size }, options);
  return isSameFile(status, file.status())
    ? { status, hashes, rights, readAtMs, content: kept }
    : undefined;
}

function hashesOf(bytes: Uint8Array, names: readonly HashName[]): Hashes {
  // In hex and back: half the time of asking for bytes.
  return Object.fromEntries(
    names.map((name) => [name, Uint8Array.fromHex(hash(name, bytes, "hex"))]),
  );
}

function* hashesOfLarge(
  file: OpenFile,
  { first, size }: { first: number; size: number },
  { buffer, hashes: names }: ReadOptions,
): Generator<void, Hashes> {
  const hashers = names.map((name) => [name, createHash(name)] as const);
  // One that grows faster than it is read would have no end.
  for (let bytes = first, left = size; bytes > 0 && left >= 0; bytes = file.read(buffer)) {
    left -= bytes;
    for (const [, hasher] of hashers) hasher.update(buffer.subarray(0, bytes));
    yield;
  }
  return Object.fromEntries(hashers.map(([name, hasher]) => [name, hasher.digest()]));
}
