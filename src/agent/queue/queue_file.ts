/**
 * The file under the queue: its database, its stores, and its room on the disk.
 *
 * @module
 */

import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  markInUse,
  openDatabase,
  openDatabaseReadOnly,
  type OpenedDatabase,
  requireOwnFiles,
} from "./database.ts";
import { DiskReserve } from "./disk_reserve.ts";
import { DiskSpace } from "./disk_space.ts";
import { FreeSpace } from "./free_space.ts";
import type { QueueOptions } from "./queue_options.ts";
import { QueueStore } from "./queue_store.ts";

/** An open file. */
export class QueueFile {
  /** What was wrong with the database when it was opened. */
  readonly damaged: OpenedDatabase["damaged"];
  readonly database: DatabaseSync;
  readonly store: QueueStore;
  readonly disk: DiskSpace;
  readonly #freeSpace: FreeSpace;
  /** Not for a reader, who changes nothing on the disk. */
  readonly #reserve: DiskReserve | undefined;
  readonly #options: QueueOptions;

  private constructor(opened: OpenedDatabase, options: QueueOptions, parts: FileParts) {
    const { disk, reserve } = parts;
    this.#options = options;
    this.database = opened.database;
    this.damaged = opened.damaged;
    this.disk = disk;
    this.#reserve = reserve;
    this.store = new QueueStore(opened.database, options);
    this.#freeSpace = new FreeSpace(opened.database);
  }

  /**
   * Opens or makes the file, also on a full disk: then the reserve is given back for it. See {@linkcode openDatabase} for a damaged one.
   *
   * @param known damage that was found while it was open
   * @throws {AgentError} `folder_unusable` or `failed`
   */
  static open(options: QueueOptions, known?: unknown): QueueFile {
    const disk = diskUnder(options);
    const reserve = new DiskReserve(options.path, disk.totalBytes);
    const file = new QueueFile(openWithReserve(options, reserve, known), options, {
      disk,
      reserve,
    });
    markInUse(options.path, true);
    reserve.limitLog(file.database);
    return file;
  }

  /** Closes the file, whose damage was found just now, and opens what can be read of it. */
  salvaged(error: unknown): QueueFile {
    this.database.close();
    return QueueFile.open(this.#options, error);
  }

  /**
   * Opens an existing file only to look at it, also while an agent uses it.
   *
   * @throws {AgentError} `folder_unusable` or `failed`
   */
  static openReadOnly(options: QueueOptions): QueueFile {
    const database = openDatabaseReadOnly(options.path);
    return new QueueFile({ database }, options, { disk: diskUnder(options) });
  }

  /** Bytes that can be stored without making the file longer. */
  get freeBytes(): number {
    return this.#freeSpace.bytes;
  }

  /** Bytes that can be written to the log without making it longer. */
  get logBytes(): number {
    return this.#reserve?.bytes ?? 0;
  }

  /** Gives the reserve to those who must write to a full disk, and has SQLite empty its log. */
  makeRoom(): void {
    this.#reserve?.release();
    this.disk.forget();
    this.#freeSpace.shortenFile();
  }

  /** Makes the log long and takes the reserve, if there is room beside what has to stay free. */
  keepReserve(): void {
    const reserve = this.#reserve;
    if (reserve && this.disk.hasRoom(reserve.bytes)) reserve.keep();
  }

  /** See `Queue.giveSpaceBack`. Belongs inside a transaction. */
  giveSpaceBack(): void {
    this.#freeSpace.giveBack();
  }

  /** True when much of the file is free. */
  get isAmple(): boolean {
    return this.#freeSpace.isAmple;
  }

  /** Makes the file on disk as short as it is by now in its log. */
  shortenFile(): void {
    this.#freeSpace.shortenFile();
  }

  /** Closes the database. The log goes with it, and leaves its room to the reserve. */
  close(): void {
    if (this.#reserve !== undefined) {
      this.#reserve.takeOverLog();
      // Before the log goes: whoever is killed in between left it for the next start, or has written all of it.
      markInUse(this.#options.path, false);
    }
    this.database.close();
  }
}

interface FileParts {
  disk: DiskSpace;
  reserve?: DiskReserve;
}

function diskUnder({ path, minFreeDiskBytes: minFreeBytes, readDisk: read }: QueueOptions) {
  return new DiskSpace({ path: dirname(path), minFreeBytes, read });
}

function openWithReserve(
  options: QueueOptions,
  reserve: DiskReserve,
  known: unknown,
): OpenedDatabase {
  const { path, durability = "full", now, parts = [], maxDeadLetterBytes } = options;
  const beforeOpen = () => reserve.becomeLog();
  const open = () =>
    openDatabase(path, { durability, now, parts, maxDeadLetterBytes, beforeOpen }, known);
  requireOwnFiles(path);
  try {
    return open();
  } catch (error) {
    // SQLite names a full disk in several ways while it makes its files.
    if (!reserve.release()) throw error;
    return open();
  }
}
