/**
 * Changes in folders by `inotify(7)`: unlike `Deno.watchFs`, every event arrives, or the kernel says that some did not.
 *
 * @module
 */

import { cString, type PathBytes } from "./c_string.ts";
import { type Libc, LibcError } from "./libc.ts";
import { Readiness } from "./readiness.ts";

/** Bits of an event and of what is asked for, from `sys/inotify.h`. */
export const IN = {
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  UNMOUNT: 0x2000,
  Q_OVERFLOW: 0x4000,
  /** The watch is no more. */
  IGNORED: 0x8000,
  ONLYDIR: 0x1000000,
  DONT_FOLLOW: 0x2000000,
  ISDIR: 0x40000000,
} as const;

/** Something that happened. */
export interface InotifyEvent {
  /** Which watch it belongs to; -1 for an overflow: events were lost, whatever is watched. */
  watch: number;
  mask: number;
  /** The same number for both halves of a rename. */
  cookie: number;
  /** Name in the watched folder; empty when it is about the folder itself. */
  name: Uint8Array;
}

const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;
const HEADER_BYTES = 16;
const BUFFER_BYTES = 256 * 1024;

/** A queue of events of the kernel. */
export class Inotify implements Disposable {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #readiness: Readiness;
  #isClosed = false;

  /** @throws {LibcError} when there may be no more of them (`fs.inotify.max_user_instances`) */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = libc.symbols.inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (this.#fd < 0) throw new LibcError("inotify_init1", "(fs.inotify.max_user_instances?)");
    this.#readiness = new Readiness(libc, this.#fd);
  }

  /**
   * Watches a folder; the same number again for one that is watched already.
   *
   * @throws {LibcError} when it is gone, or there may be no more watches (`fs.inotify.max_user_watches`)
   */
  watch(folder: PathBytes, mask: number): number {
    const watch = this.#libc.symbols.inotify_add_watch(this.#fd, cString(folder), mask);
    if (watch >= 0) return watch;
    const shown = typeof folder === "string" ? folder : new TextDecoder().decode(folder);
    throw new LibcError("inotify_add_watch", JSON.stringify(shown));
  }

  /** Ends a watch; an event `IGNORED` follows. */
  unwatch(watch: number): void {
    this.#libc.symbols.inotify_rm_watch(this.#fd, watch);
  }

  /** Gives events as they come, those that wait together at once, until the signal is aborted. */
  async *events(signal: AbortSignal): AsyncGenerator<InotifyEvent[]> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    while (!signal.aborted && !this.#isClosed) {
      if (!(await this.#readiness.wait(signal))) continue;
      if (signal.aborted || this.#isClosed) return;
      const bytes = this.#libc.read(this.#fd, buffer);
      yield [...parseInotify(buffer.slice(0, bytes))];
    }
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#readiness[Symbol.dispose]();
    this.#libc.close(this.#fd);
  }
}

/** Reads records of `inotify(7)`: watch, mask, cookie, length of the name (4 bytes each), name padded with zeros. */
function* parseInotify(bytes: Uint8Array<ArrayBuffer>): Generator<InotifyEvent> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start + HEADER_BYTES <= bytes.length;) {
    const length = view.getUint32(start + 12, true);
    const padded = bytes.subarray(start + HEADER_BYTES, start + HEADER_BYTES + length);
    const zero = padded.indexOf(0);
    yield {
      watch: view.getInt32(start, true),
      mask: view.getUint32(start + 4, true),
      cookie: view.getUint32(start + 8, true),
      name: zero === -1 ? padded : padded.subarray(0, zero),
    };
    start += HEADER_BYTES + length;
  }
}
