/**
 * Changes of whole file systems by `fanotify(7)`, with the process that made them. Needs root (CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH) and
 * Linux 5.9.
 *
 * An event names its folder by a file handle. The handle is opened to learn the path, which is remembered: one open a folder, not one an
 * event.
 *
 * @module
 */

import { cString, type PathBytes } from "./c_string.ts";
import { type Libc, LibcError } from "./libc.ts";
import { Readiness } from "./readiness.ts";
import { type FanotifyRecord, parseFanotify } from "./fanotify_records.ts";

/** Bits of an event and of what is asked for, from `linux/fanotify.h`. */
export const FAN = {
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  Q_OVERFLOW: 0x4000,
  ONDIR: 0x40000000,
} as const;

/** Something that happened. */
export interface FanotifyEvent {
  mask: number;
  /** Process that did it; 0 when it was none of this pid namespace. */
  pid: number;
  /** The folder, as bytes; `undefined` for an overflow, or when it is gone. */
  folder: Uint8Array | undefined;
  name: Uint8Array;
}

/** `FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME`. */
const INIT_FLAGS = 0x1 | 0x2 | 0x10 | 0x200 | 0x400 | 0x800;
/** `O_RDONLY | O_LARGEFILE | O_CLOEXEC`, for descriptors that never come with these flags. */
const EVENT_FLAGS = 0o2000000;
const MARK_ADD_FILESYSTEM = 0x1 | 0x100;
const AT_FDCWD = -100;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const BUFFER_BYTES = 256 * 1024;
/** Paths of folders that are remembered. */
const MAX_FOLDERS = 5_000;
/** After these the remembered paths of folders may be wrong. */
const MOVES_FOLDERS = FAN.MOVED_FROM | FAN.MOVED_TO | FAN.DELETE;

/** A queue of events of the kernel. */
export class Fanotify implements Disposable {
  readonly #libc: Libc;
  readonly #fd: number;
  /** A folder of each file system, by its id: handles are opened beside it. */
  readonly #mounts = new Map<string, number>();
  readonly #folders = new Map<string, Uint8Array | undefined>();
  readonly #readiness: Readiness;
  #isClosed = false;

  /** @throws {LibcError} when the kernel or the rights of the process do not allow it */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = libc.symbols.fanotify_init(INIT_FLAGS, EVENT_FLAGS);
    if (this.#fd < 0) throw new LibcError("fanotify_init", "(root and Linux 5.9 are needed)");
    this.#readiness = new Readiness(libc, this.#fd);
  }

  /**
   * Watches the whole file system that `folder` lies on.
   *
   * @throws {LibcError} when that file system cannot be watched, such as overlayfs on older kernels
   */
  watchFileSystem(folder: PathBytes, mask: number): void {
    const { symbols } = this.#libc;
    const path = cString(folder);
    const failed = symbols.fanotify_mark(
      this.#fd,
      MARK_ADD_FILESYSTEM,
      BigInt(mask),
      AT_FDCWD,
      path,
    );
    const shown = typeof folder === "string" ? folder : new TextDecoder().decode(folder);
    if (failed !== 0) throw new LibcError("fanotify_mark", JSON.stringify(shown));
    // Not O_PATH: open_by_handle_at() refuses such a descriptor.
    this.#mounts.set(shown, this.#libc.open(folder, { folder: true, follow: true }));
  }

  /** Gives events as they come, those that wait together at once, until the signal is aborted. */
  async *events(signal: AbortSignal): AsyncGenerator<FanotifyEvent[]> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    while (!signal.aborted && !this.#isClosed) {
      if (!(await this.#readiness.wait(signal))) continue;
      if (signal.aborted || this.#isClosed) return;
      const bytes = this.#libc.read(this.#fd, buffer);
      yield [...parseFanotify(buffer.slice(0, bytes))].map((record) => this.#eventOf(record));
    }
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#readiness[Symbol.dispose]();
    for (const fd of this.#mounts.values()) this.#libc.close(fd);
    this.#libc.close(this.#fd);
  }

  #eventOf({ mask, pid, fileSystem, handle, name }: FanotifyRecord): FanotifyEvent {
    const folder = handle && this.#folderOf(fileSystem, handle);
    if ((mask & FAN.ONDIR) !== 0 && (mask & MOVES_FOLDERS) !== 0) this.#folders.clear();
    return { mask, pid, folder, name };
  }

  #folderOf(fileSystem: string, handle: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
    const key = `${fileSystem} ${handle.toHex()}`;
    if (this.#folders.has(key)) return this.#folders.get(key);
    const path = this.#open(handle);
    if (this.#folders.size >= MAX_FOLDERS) this.#folders.clear();
    if (path !== undefined) this.#folders.set(key, path);
    return path;
  }

  /** Of several file systems the handle says only by failing which it is not of. */
  #open(handle: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
    for (const mount of this.#mounts.values()) {
      const fd = this.#libc.symbols.open_by_handle_at(mount, handle, O_PATH | O_CLOEXEC);
      if (fd < 0) continue;
      try {
        return this.#libc.readLink(`/proc/self/fd/${fd}`);
      } catch {
        return undefined;
      } finally {
        this.#libc.close(fd);
      }
    }
    return undefined;
  }
}
