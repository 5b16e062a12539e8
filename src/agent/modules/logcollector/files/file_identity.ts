/**
 * Which file is which, whatever it is called at the moment.
 *
 * A file is known by device and inode. An inode is given to another file as soon as its own is
 * gone, and a file can be emptied and written anew, so a fingerprint of its first bytes has the
 * last word. Where there is no inode, or one too large to be exact, path and time of creation stand
 * in.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileInfo } from "./file_system.ts";

/** Bytes at the start of a file that its fingerprint covers, or all it has while it is shorter. */
export const FINGERPRINT_BYTES = 1024;

/** What stays the same while a file is renamed. */
export interface FileIdentity {
  dev: number;
  /** `null` where there is none that is exact. */
  ino: number | null;
  /** When the file was made, in milliseconds; `null` where the system does not know. */
  born_ms: number | null;
}

/** A digest of a file's first bytes. */
export interface Fingerprint {
  length: number;
  sha256: string;
}

/** The identity of the file that `info` is about. */
export function identityOf({ dev, ino, birthtime }: FileInfo): FileIdentity {
  const exact = ino !== null && ino > 0 && Number.isSafeInteger(ino);
  return { dev, ino: exact ? ino : null, born_ms: birthtime?.getTime() ?? null };
}

/**
 * True when both are the same file now. Without inodes the caller must have found them at the same
 * path.
 */
export function sameFile(a: FileIdentity, b: FileIdentity): boolean {
  const isSameAge = a.born_ms === b.born_ms || a.born_ms === null || b.born_ms === null;
  return isSameAge && a.ino === b.ino && (a.ino === null || a.dev === b.dev);
}

/** A text that no two files at hand share. */
export function identityKey({ dev, ino, born_ms }: FileIdentity, path: string): string {
  return ino === null ? `path:${born_ms ?? ""}:${path}` : `${dev}:${ino}`;
}

/** The fingerprint of a file that begins with `head`. */
export function fingerprintOf(head: Uint8Array): Fingerprint {
  const covered = head.subarray(0, FINGERPRINT_BYTES);
  return { length: covered.length, sha256: digest(covered) };
}

/**
 * True when a file that begins with `head` may be the one of the fingerprint, perhaps grown since.
 */
export function carries(head: Uint8Array, { length, sha256 }: Fingerprint): boolean {
  return head.length >= length && digest(head.subarray(0, length)) === sha256;
}

/** True when `head` begins with `start`. */
export function beginsWith(head: Uint8Array, start: Uint8Array): boolean {
  return head.length >= start.length && Buffer.compare(head.subarray(0, start.length), start) === 0;
}

/** The first 128 bits of a SHA-256, in hexadecimal. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}
