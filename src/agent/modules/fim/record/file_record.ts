/**
 * What is known of a file.
 *
 * @module
 */

import type { FileStatus } from "../../../platform/libc/file_status.ts";
import type { HashName } from "../rules/hash_names.ts";

/** As documents call it. */
export type FileType =
  | "file"
  | "dir"
  | "symlink"
  | "fifo"
  | "socket"
  | "char_device"
  | "block_device";

/** Digests that were made of a file, as bytes. */
export type Hashes = Partial<Record<HashName, Uint8Array>>;

/** A file, folder, link or what else has a path. */
export interface FileRecord {
  status: FileStatus;
  /** Names of user and group; `null` when nobody knows them. */
  owner: string | null;
  group: string | null;
  /** Where a link leads; `null` for what is none. */
  target: string | null;
  hashes: Hashes;
  /** Rights beyond the mode, in words: capabilities of a program, an access list. Only of files that are read. @default none */
  rights?: readonly string[];
  /** When its content was read; wall clock, whole seconds since 1970, 0 for never. */
  readAtS: number;
  /** It may have changed after it was read without a sign of it. */
  isRacy: boolean;
}

const TYPE_BITS = 0o170000;
const TYPES: Readonly<Record<number, FileType>> = {
  0o010000: "fifo",
  0o020000: "char_device",
  0o040000: "dir",
  0o060000: "block_device",
  0o100000: "file",
  0o120000: "symlink",
  0o140000: "socket",
};

/** What a mode says that it is. */
export function typeOf({ mode }: Pick<FileStatus, "mode">): FileType {
  return TYPES[mode & TYPE_BITS] ?? "file";
}

/** What tells that two looks are at the same file with the same content: then it is not read again. */
type Identity = Omit<FileStatus, "mount" | "attributes">;

/** Whether nothing shows that a file changed. Mounts are numbered anew at each boot, devices are not. */
export function isSameFile(one: Identity, other: Identity): boolean {
  return one.inode === other.inode && one.changedNs === other.changedNs &&
    one.modifiedNs === other.modifiedNs && one.size === other.size && one.mode === other.mode &&
    one.uid === other.uid && one.gid === other.gid && one.links === other.links &&
    one.device === other.device;
}

const RACY_NS = 2_000_000_000n;

/**
 * Whether a file that was read at `readAtMs` (wall clock) may change within the grain of its file system's times, or by a clock that was
 * set back, and look the same.
 */
export function isRacy({ changedNs }: Pick<FileStatus, "changedNs">, readAtMs: number): boolean {
  return BigInt(Math.floor(readAtMs)) * 1_000_000n - changedNs < RACY_NS;
}
