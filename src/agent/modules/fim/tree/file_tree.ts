/**
 * The file system, as far as a scan needs it: with names that need not be UTF-8 and times in nanoseconds where the C library can be
 * called, else with what Deno gives.
 *
 * Everything is relative to an open folder, so that a path may be longer than a call takes, and what is looked at twice is the same.
 *
 * @module
 */

import type { FileStatus } from "../../../platform/libc/file_status.ts";

/** A name in a folder, as `showPath` shows it. */
export interface FolderEntry {
  name: string;
  /** What it stands for, as far as the file system says in passing. */
  type: "folder" | "link" | "unknown" | "other";
}

/** An open regular file. */
export interface OpenFile {
  status(): FileStatus;
  /** Rights beyond the mode, as documents have them among the attributes; none where they cannot be read. */
  rights(): string[];
  /** The number of bytes read into `buffer`, 0 at the end. */
  read(buffer: Uint8Array<ArrayBuffer>): number;
  close(): void;
}

/** An open folder. What is not there, or may not be opened, is `undefined`. */
export interface OpenFolder {
  /** What it is itself; `undefined` when it is gone. */
  status(): FileStatus | undefined;
  /** Its entries in no order; `undefined` when they cannot be read. */
  entries(): FolderEntry[] | undefined;
  /** What an entry is; with `follow` what a link leads to. */
  statusOf(name: string, options?: { follow?: boolean }): FileStatus | undefined;
  /** Where a link leads, as `showPath` shows it. */
  readLink(name: string): string | undefined;
  /** Opens a regular file to read it, and nothing else: no FIFO, no device. */
  openFile(name: string, options?: { follow?: boolean }): OpenFile | undefined;
  openFolder(name: string, options?: { follow?: boolean }): OpenFolder | undefined;
  close(): void;
}

/** All of the file system. */
export interface FileTree {
  /** Opens a folder by its path; links on the way are followed. */
  openFolder(path: string): OpenFolder | undefined;
}
