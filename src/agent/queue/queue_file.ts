/**
 * The file under the queue: its database, its stores, and its room on the disk.
 *
 * @module
 */

import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { isDamage } from "../../shared/sqlite/damage.ts";
import { openDatabase, openDatabaseReadOnly, type OpenedDatabase } from "./database.ts";
import { DiskReserve } from "./disk_reserve.ts";
import { DiskSpace } from "./disk_space.ts";
import { FreeSpace } from "./free_space.ts";
import type { QueueOptions } from "./queue_options.ts";
import { QueueStore } from "./queue_store.ts";

/** An open file. */
export class QueueFile {
  /** Set when the database found at the start was damaged and set aside. */
  readonly damaged: OpenedDatabase["damaged"];
  readonly database: DatabaseSync;
  readonly store: QueueStore;
  readonly disk: DiskSpace;
  readonly #freeSpace: FreeSpace;
  /** Not for a reader, who changes nothing on the disk. */
  readonly #reserve: DiskReserve | undefined;

  private constructor(opened: OpenedDatabase, parts: FileParts) {
    const { disk, reserve, ...options } = parts;
    this.database = opened.database;
    this.damaged = opened.damaged;
    this.disk = disk;
    this.#reserve = reserve;
    this.store = new QueueStore(opened.database, options);
    this.#freeSpace = new FreeSpace(opened.database);
  }

  /**
   * Opens or makes the file, also on a full disk: then the reserve is given back for it.
   *
   * @throws {AgentError} `folder_unusable` or `failed`
   */
  static open(options: QueueOptions): QueueFile {
    const parts = fileParts(options);
    const reserve = new DiskReserve(options.path, parts.disk.totalBytes);
    const file = new QueueFile(openWithReserve(options, reserve), { ...parts, reserve });
    reserve.lengthenLog(file.database);
    file.keepReserve();
    return file;
  }

  /**
   * Opens an existing file only to look at it, also while an agent uses it.
   *
   * @throws {AgentError} `folder_unusable` or `failed`
   */
  static openReadOnly(options: QueueOptions): QueueFile {
    return new QueueFile({ database: openDatabaseReadOnly(options.path) }, fileParts(options));
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
    this.#freeSpace.settle();
  }

  /** Takes the reserve again once there is room for it, beside what has to stay free. */
  keepReserve(): void {
    const reserve = this.#reserve;
    if (reserve && !reserve.isHeld && this.disk.hasRoom(reserve.bytes)) reserve.take();
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
  settle(): void {
    this.#freeSpace.settle();
  }

  /** Closes the database. The log goes with it, and leaves its room to the reserve. */
  close(): void {
    this.#reserve?.takeOverLog();
    this.database.close();
    this.#reserve?.take();
  }
}

interface FileParts {
  disk: DiskSpace;
  reserve?: DiskReserve;
  maxDeadLetterBytes: number;
}

function fileParts(options: QueueOptions): FileParts {
  const { path, minFreeDiskBytes: minFreeBytes, readDisk: read, maxDeadLetterBytes } = options;
  const disk = new DiskSpace({ path: dirname(path), minFreeBytes, read });
  return { disk, maxDeadLetterBytes };
}

function openWithReserve(options: QueueOptions, reserve: DiskReserve): OpenedDatabase {
  const { path, durability = "full", now, parts = [] } = options;
  const open = () => openDatabase(path, { durability, now, parts });
  try {
    return open();
  } catch (error) {
    // SQLite names a full disk in several ways while it makes its files.
    if (isDamage(error) || !reserve.release()) throw error;
    return open();
  }
}
