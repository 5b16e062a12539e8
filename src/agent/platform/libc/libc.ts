/**
 * Files by calls of the C library: what Deno refuses to read (`/proc`, `/sys`), cannot name (names that are not UTF-8), or rounds
 * (times).
 *
 * The reason of a failure (`errno`) cannot be read under a path list of permissions: a call says that it failed, and a plain Deno call
 * for the same path may say why.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type DirectoryEntry, parseEntries } from "./directory_entries.ts";
import { PathBuffer, type PathBytes } from "./c_string.ts";
import { type FileStatus, parseStatx, STATX_BYTES } from "./file_status.ts";
import type { LibcSymbols } from "./symbols.ts";

/** A call of the C library failed; why, it does not say. */
export class LibcError extends Error {
  override readonly name = "LibcError";
  /** The function, such as `openat`. */
  readonly call: string;

  constructor(call: string, what: string) {
    super(`Cannot ${call} ${what}`);
    this.call = call;
  }
}

/** From `fcntl.h`, as on x86_64 and aarch64 but for those that differ there. */
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const AT_NO_AUTOMOUNT = 0x800;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const [O_DIRECTORY, O_NOFOLLOW] = Deno.build.arch === "aarch64"
  ? [0o40000, 0o100000]
  : [0o200000, 0o400000];
/** Basic fields, birth time and mount. */
const STATX_MASK = 0x7ff | 0x800 | 0x1000;

const ENTRIES_BYTES = 64 * 1024;
const READ_BYTES = 64 * 1024;
const LINK_BYTES = 4_096;
/** The longest list of names, and the longest value, that the kernel gives. */
const ATTRIBUTES_BYTES = 64 * 1024;

/** How a file is opened. */
interface OpenOptions {
  /** Fails for anything but a folder. @default false */
  folder?: boolean;
  /** Follows a symbolic link at the end of the path. @default false */
  follow?: boolean;
  /** Folder that a relative path begins at: a file descriptor. @default the working folder */
  at?: number;
}

/** Calls, with results that are values. Every path may be bytes. */
export class Libc {
  readonly #symbols: LibcSymbols;
  // Calls are synchronous: each may use them again.
  readonly #statx = new DataView(new ArrayBuffer(STATX_BYTES));
  readonly #statxBytes = new Uint8Array(this.#statx.buffer);
  readonly #path = new PathBuffer();
  #attributes: Uint8Array<ArrayBuffer> | undefined;
  #entries: Uint8Array<ArrayBuffer> | undefined;

  constructor(symbols: LibcSymbols) {
    this.#symbols = symbols;
  }

  /**
   * Opens a file to read it; a FIFO without a writer, too, does not wait.
   *
   * @returns a file descriptor, to be given to {@linkcode Libc.close}
   * @throws {LibcError}
   */
  open(
    path: PathBytes,
    { folder = false, follow = false, at = AT_FDCWD }: OpenOptions = {},
  ): number {
    const flags = O_CLOEXEC | O_NONBLOCK | (folder ? O_DIRECTORY : 0) | (follow ? 0 : O_NOFOLLOW);
    const fd = this.#symbols.openat(at, this.#path.of(path), flags, 0);
    return checked(fd, "openat", path);
  }

  /** Closes a descriptor. */
  close(fd: number): void {
    this.#symbols.close(fd);
  }

  /**
   * Reads into `into` where the last read ended.
   *
   * @returns the number of bytes, 0 at the end
   * @throws {LibcError}
   */
  read(fd: number, into: Uint8Array<ArrayBuffer>): number {
    return checked(Number(this.#symbols.read(fd, into, BigInt(into.length))), "read", `${fd}`);
  }

  /**
   * All bytes of a file, up to `maxBytes`.
   *
   * @throws {LibcError}
   */
  readFile(
    path: PathBytes,
    { maxBytes = 16 * 1024 * 1024, ...options }: OpenOptions & { maxBytes?: number } = {},
  ): Uint8Array {
    const fd = this.open(path, options);
    try {
      return this.#readAll(fd, maxBytes);
    } finally {
      this.close(fd);
    }
  }

  /**
   * The names in an open folder, as bytes; `.` and `..` are left out.
   *
   * @throws {LibcError}
   */
  *entries(fd: number): Generator<DirectoryEntry> {
    // A walk opens thousands of folders. What was read is copied out before others can read.
    const buffer = this.#entries ??= new Uint8Array(ENTRIES_BYTES);
    for (;;) {
      const bytes = Number(this.#symbols.getdents64(fd, buffer, BigInt(buffer.length)));
      if (checked(bytes, "getdents64", `${fd}`) === 0) return;
      yield* parseEntries(buffer.slice(0, bytes));
    }
  }

  /**
   * The names in a folder, as bytes.
   *
   * @throws {LibcError}
   */
  readFolder(path: PathBytes, options: Omit<OpenOptions, "folder"> = {}): DirectoryEntry[] {
    const fd = this.open(path, { ...options, folder: true });
    try {
      return [...this.entries(fd)];
    } finally {
      this.close(fd);
    }
  }

  /**
   * What a path is, with times in nanoseconds. With an empty path: what the open file `at` is.
   *
   * @throws {LibcError}
   */
  stat(
    path: PathBytes,
    { follow = false, at = AT_FDCWD }: Omit<OpenOptions, "folder"> = {},
  ): FileStatus {
    const flags = AT_NO_AUTOMOUNT | (follow ? 0 : AT_SYMLINK_NOFOLLOW) |
      (path.length === 0 ? AT_EMPTY_PATH : 0);
    checked(
      this.#symbols.statx(at, this.#path.of(path), flags, STATX_MASK, this.#statxBytes),
      "statx",
      path,
    );
    return parseStatx(this.#statx);
  }

  /**
   * Where a symbolic link leads, as bytes.
   *
   * @throws {LibcError}
   */
  readLink(path: PathBytes, { at = AT_FDCWD }: Pick<OpenOptions, "at"> = {}): Uint8Array {
    const buffer = new Uint8Array(LINK_BYTES);
    const size = this.#symbols.readlinkat(at, this.#path.of(path), buffer, BigInt(buffer.length));
    return buffer.slice(0, checked(Number(size), "readlinkat", path));
  }

  /** Names of the extended attributes of an open file; none where the file system has no such thing, or where they are too many. */
  attributeNames(fd: number): string[] {
    const names = this.#attributes ??= new Uint8Array(ATTRIBUTES_BYTES);
    const size = Number(this.#symbols.flistxattr(fd, names, BigInt(names.length)));
    if (size <= 0) return [];
    return new TextDecoder().decode(names.subarray(0, size)).split("\0").slice(0, -1);
  }

  /** Value of an extended attribute of an open file; `undefined` when it has none of that name, or a value of more than 64 KiB. */
  attribute(fd: number, name: string): Uint8Array | undefined {
    const into = this.#attributes ??= new Uint8Array(ATTRIBUTES_BYTES);
    const size = Number(
      this.#symbols.fgetxattr(fd, this.#path.of(name), into, BigInt(into.length)),
    );
    return size < 0 ? undefined : into.slice(0, size);
  }

  /** Calls that are not about one file: see `inotify.ts` and `fanotify.ts`. */
  get symbols(): LibcSymbols {
    return this.#symbols;
  }

  /** Gives memory back to the system that was freed and is kept for the next allocation. */
  trimMemory(): void {
    this.#symbols.malloc_trim(0n);
  }

  #readAll(fd: number, maxBytes: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    // Files of /proc say that they have no size.
    const buffer = new Uint8Array(READ_BYTES);
    let total = 0;
    while (total < maxBytes) {
      const bytes = this.read(fd, buffer);
      if (bytes === 0) break;
      pieces.push(buffer.slice(0, Math.min(bytes, maxBytes - total)));
      total += bytes;
    }
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(pieces));
  }
}

function checked(result: number, call: string, what: PathBytes): number {
  if (result >= 0) return result;
  const shown = typeof what === "string" ? what : new TextDecoder().decode(what);
  throw new LibcError(call, JSON.stringify(shown));
}
