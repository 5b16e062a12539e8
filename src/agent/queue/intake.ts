/**
 * Lets events into the queue while there is room, in the queue's own bounds and on the disk; what happens otherwise is the policy's to
 * say.
 *
 * @module
 */

import { countEvents, sizeOfEvents } from "../../shared/protocol/encoded_events.ts";
import type { Amount, EventRange } from "../../shared/protocol/stored_events.ts";
import { Capacity } from "./capacity.ts";
import { isDiskFull } from "../platform/disk_full.ts";
import type { DiskSpace } from "./disk_space.ts";
import type { GroupCommit } from "./group_commit.ts";
import type { FullPolicy, QueueLimits } from "./queue_options.ts";
import type { QueueStore } from "./queue_store.ts";
import type { AppendGroup } from "./types.ts";

/** How a group is let in. */
export interface AppendOptions {
  /** Uses the room kept for what matters, on the disk too. @default false */
  reserved?: boolean;
  /** Ends the wait for room. */
  signal?: AbortSignal;
}

/** What an {@linkcode Intake} works on. */
interface IntakeDeps {
  commits: GroupCommit;
  /** The tables in use now: a damaged file is replaced by another. */
  store: () => QueueStore;
  disk: DiskSpace;
  /** Bytes in the database file that can be used without making it longer. */
  freeInFile: () => number;
  /** Bytes that one transaction may have without making the write-ahead log longer. */
  logBytes: number;
  now: () => number;
}

/** How often those who wait for the disk look at it, in milliseconds. */
const DISK_CHECK_INTERVAL_MS = 250;
/** Free pages that stay for what leaves the queue. */
const KEPT_IN_FILE = 256 * 1024;
const NOTHING: Amount = { events: 0, bytes: 0 };

/** Admits and stores groups. */
export class Intake {
  readonly #deps: IntakeDeps;
  readonly #capacity: Capacity;
  #limits: QueueLimits;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** SQLite found the disk full, whatever the system says: nothing goes in before the next look. */
  #foundFull = false;

  constructor(limits: QueueLimits, deps: IntakeDeps) {
    this.#limits = limits;
    this.#deps = deps;
    this.#capacity = new Capacity(limits.max, (bytes) => this.#fitsDisk(bytes));
  }

  /** See `Queue.append`. */
  async append(group: AppendGroup, options: AppendOptions): Promise<EventRange | undefined> {
    const { reserved = false, signal } = options;
    const { writes = NOTHING } = group;
    const amount = {
      events: countEvents(group.events) + writes.events,
      bytes: sizeOfEvents(group.events) + writes.bytes,
    };
    // What belongs together with rows of a module's own cannot be dropped: they would tell of events that never were.
    const mayWait = reserved || writes.events > 0 || this.#policy === "block";
    const waits = amount.events > 0 && mayWait;
    if (!waits) return await this.#deps.commits.run(() => this.#write(group, amount));
    for (;;) {
      signal?.throwIfAborted();
      // Most need not wait, not even for a promise.
      if (!this.#capacity.tryAcquire(amount, { reserved })) {
        await this.#acquire(amount, { reserved, signal });
      }
      try {
        return await this.#deps.commits.run(() => this.#insert(group), { essential: reserved });
      } catch (error) {
        // Only the disk is worth another try: it waits below until there is room.
        if (!isDiskFull(error)) throw error;
        this.#foundFull = true;
      } finally {
        this.#capacity.release(amount);
        // Also when it failed: the next look at the disk then comes sooner.
        this.#deps.disk.stored(amount.bytes);
      }
    }
  }

  /** Tells what is stored now, and admits whoever fits. */
  update(stored: Amount): void {
    this.#capacity.update(stored);
  }

  /** Changes limits and policy from the next append on. */
  setLimits(limits: QueueLimits): void {
    this.#limits = limits;
    this.#deps.disk.setMinFree(limits.minFreeDiskBytes);
    this.#capacity.resize(limits.max);
  }

  /** True while an append waits for room. */
  get full(): boolean {
    return this.#capacity.full;
  }

  /** True while the disk, not the queue's bounds, keeps events out. */
  get diskFull(): boolean {
    return this.#capacity.waitsForDisk || !this.#fitsDisk(1);
  }

  /** Looks at the disk again, and admits whoever fits. */
  checkDisk(): void {
    this.#foundFull = false;
    this.#deps.disk.forget();
    this.#capacity.update(this.#deps.store().queued());
  }

  /** Waits no longer for anything. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Waits for room; looks at the disk meanwhile, since nobody tells when others free some. */
  async #acquire(
    amount: Amount,
    options: { reserved: boolean; signal: AbortSignal | undefined },
  ): Promise<void> {
    const admitted = this.#capacity.acquire(amount, options);
    if (this.#capacity.full) {
      this.#timer ??= setInterval(() => this.checkDisk(), DISK_CHECK_INTERVAL_MS);
    }
    try {
      await admitted;
    } finally {
      if (!this.#capacity.full) this.close();
    }
  }

  #fitsDisk(bytes: number): boolean {
    if (this.#foundFull) return false;
    const { disk, freeInFile, logBytes } = this.#deps;
    if (disk.hasRoom(bytes)) return true;
    const fitsLog = bytes < logBytes / 2 || disk.freeBytes > 2 * bytes;
    return fitsLog && freeInFile() > bytes * 1.1 + KEPT_IN_FILE;
  }

  get #policy(): FullPolicy {
    return this.#limits.onFull ?? "block";
  }

  #insert(group: AppendGroup): EventRange | undefined {
    const { store, now } = this.#deps;
    const range = store().append(group, now(), this.#limits.chunkLimits);
    return group.events.length === 0 ? undefined : range;
  }

  /** Inserts a group under a policy that never waits. */
  #write(group: AppendGroup, amount: Amount): EventRange | undefined {
    const { store, now } = this.#deps;
    const excess = this.#excess(amount);
    if (excess !== undefined && this.#policy === "drop_oldest") {
      store().dropOldest(group.stream, excess, now());
    }
    if (amount.events === 0 || this.#excess(amount) === undefined) return this.#insert(group);
    store().dropNewest(group, amount, { nowMs: now(), limits: this.#limits.chunkLimits });
    return undefined;
  }

  /** How much must go before `amount` fits; `undefined` when it fits. */
  #excess(amount: Amount): Amount | undefined {
    const queued = this.#deps.store().queued();
    const { max } = this.#limits;
    if (!this.#fitsDisk(amount.bytes)) return amount;
    if (queued.events === 0) return undefined;
    const events = Math.max(0, queued.events + amount.events - max.events);
    const bytes = Math.max(0, queued.bytes + amount.bytes - max.bytes);
    return events > 0 || bytes > 0 ? { events, bytes } : undefined;
  }
}
