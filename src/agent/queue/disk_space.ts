/**
 * How much room the disk under the queue has: the queue calls itself full before the disk is, since a full disk stops more than the
 * agent, and since what leaves the queue needs a little room too.
 *
 * @module
 */

import { statfsSync } from "node:fs";

/** What a file system has, in bytes. */
export interface DiskUsage {
  /** For this user. */
  free: number;
  total: number;
}

/** The disk as `agent status` shows it. */
export interface DiskReport {
  low: boolean;
  free_bytes: number;
  min_free_bytes: number;
  total_bytes: number;
}

/** Options of {@linkcode DiskSpace}. */
interface DiskSpaceOptions {
  /** A path on the disk. */
  path: string;
  /** Bytes that stay free. @default 5 % of the disk, at most 512 MB */
  minFreeBytes?: number | undefined;
  /** Reads the disk. @default what the system says; a disk that cannot be read counts as empty */
  read?: ((path: string) => DiskUsage) | undefined;
}

const MAX_DEFAULT_MIN_FREE = 512_000_000;
const DEFAULT_MIN_FREE_SHARE = 0.05;
/** A look at the disk counts for this long, in milliseconds … */
const LOOK_AGAIN_AFTER_MS = 200;
/** … or until so many bytes were written. */
const LOOK_AGAIN_AFTER_BYTES = 1_000_000;
/** A stored byte is written twice, to the log and to the file. */
const WRITES_A_BYTE = 2;

/** The disk as it was a moment ago. */
export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  #minFreeBytes: number | undefined;
  #usage: DiskUsage = { free: Infinity, total: Infinity };
  #lookedAt = -Infinity;
  #written = 0;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
    this.#minFreeBytes = options.minFreeBytes;
  }

  /** Changes the bytes that stay free; `undefined` for the default. */
  setMinFree(bytes: number | undefined): void {
    this.#minFreeBytes = bytes;
  }

  /** The bytes that stay free. */
  get minFreeBytes(): number {
    return this.#minFreeOf(this.#current());
  }

  /** What was free when the disk was looked at last, less what was written since. */
  get freeBytes(): number {
    return this.#current().free - this.#written;
  }

  /** Size of the disk. */
  get totalBytes(): number {
    return this.#current().total;
  }

  /** True when storing `bytes` leaves what has to stay free. */
  hasRoom(bytes: number): boolean {
    const usage = this.#current();
    return usage.free - this.#written - WRITES_A_BYTE * bytes >= this.#minFreeOf(usage);
  }

  /** Counts what is being stored. */
  stored(bytes: number): void {
    this.#written += WRITES_A_BYTE * bytes;
  }

  /** Forgets what it saw: the next question is answered by a new look. */
  forget(): void {
    this.#lookedAt = -Infinity;
  }

  #minFreeOf({ total }: DiskUsage): number {
    // A twentieth of a huge disk would be more than anybody wants to leave unused.
    return this.#minFreeBytes ?? Math.min(total * DEFAULT_MIN_FREE_SHARE, MAX_DEFAULT_MIN_FREE);
  }

  #current(): DiskUsage {
    // Asking the system costs more than storing a small group: once for many of them is enough. The wall clock, since this is asked
    // for every event and the monotonic one costs ten times as much; when it is set, the system is asked once more.
    const now = Date.now();
    const isOld = Math.abs(now - this.#lookedAt) > LOOK_AGAIN_AFTER_MS;
    if (!isOld && this.#written < LOOK_AGAIN_AFTER_BYTES) return this.#usage;
    this.#usage = (this.#options.read ?? readDisk)(this.#options.path);
    this.#lookedAt = now;
    this.#written = 0;
    return this.#usage;
  }
}

/** Where the system does not tell (no permission, no such call), writing will: an error of SQLite is handled too. */
function readDisk(path: string): DiskUsage {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return { free: Infinity, total: Infinity };
  }
}
