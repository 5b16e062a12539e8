/**
 * Walks all that there is and the state side by side, in the order of keys: memory holds a page of each, however many there are.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { CpuMeter } from "../../shared/cpu_meter.ts";
import { messageOf } from "../../shared/errors.ts";
import { compareKeys } from "../../shared/states/key_order.ts";
import { type GivenItem, type PreparedItem, prepareItem } from "./prepared_item.ts";
import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import type { StateScan } from "./state_scan.ts";
import type { StateMark } from "./state_table.ts";

const PAGE = 1_000;
/** So many items are compared before others have their turn. */
const SLICE = 1_000;

/** A merge under way. */
export class MergeScan {
  readonly #core: StateCore;
  readonly #source: Source;
  readonly #scan: StateScan;
  readonly #cpu: CpuMeter;
  #page: StateMark[] = [];
  #position = 0;
  #lastStored = "";
  #isAtEnd = false;
  #changed: PreparedItem[] = [];
  #missing: string[] = [];
  #items = 0;

  constructor(core: StateCore, source: Source, { scan, cpu = new CpuMeter() }: {
    scan: StateScan;
    /** Measures the comparison. */
    cpu?: CpuMeter | undefined;
  }) {
    this.#core = core;
    this.#source = source;
    this.#scan = scan;
    this.#cpu = cpu;
  }

  /** How many items there were. */
  get items(): number {
    return this.#items;
  }

  /**
   * Takes all items. Returns why they are not all, when taking them failed.
   *
   * @throws {TypeError} when keys are out of order or doubled, the signal's reason when aborted
   */
  async run(
    items: Iterable<GivenItem> | AsyncIterable<GivenItem>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    // Nobody knows what items wait for that come one by one.
    const isAtOnce = Symbol.iterator in items;
    const work = () => this.#run(items, signal);
    return await (isAtOnce ? this.#cpu.during(work) : work());
  }

  async #run(
    items: Iterable<GivenItem> | AsyncIterable<GivenItem>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const reason = await this.#takeAll(items, signal);
    signal.throwIfAborted();
    if (reason === undefined) await this.#missRest(signal);
    await this.#commit();
    return reason;
  }

  async #takeAll(
    items: Iterable<GivenItem> | AsyncIterable<GivenItem>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const declaration = this.#core.declarationOf(this.#source);
    let before = "";
    const source = take(items, signal);
    for (;;) {
      // What the source throws is its own fault; what the rest throws is not.
      const next = await source.next();
      if ("failed" in next) return messageOf(next.failed);
      if (next.item === undefined) return undefined;
      const { key } = next.item;
      if (this.#items > 0 && compareKeys(before, key) >= 0) {
        throw new TypeError(
          `Keys are out of order: ${JSON.stringify(key)} after ${JSON.stringify(before)}`,
        );
      }
      before = key;
      this.#take(prepareItem(next.item, declaration));
      if (++this.#items % SLICE === 0) await this.#commit();
    }
  }

  /** Compares one item with what is stored at its place. */
  #take(item: PreparedItem): void {
    for (;;) {
      const stored = this.#next();
      const order = stored === undefined ? 1 : compareKeys(stored.key, item.key);
      if (stored !== undefined && order < 0) {
        this.#missing.push(stored.key);
        this.#position++;
        continue;
      }
      if (order === 0) this.#position++;
      if (order > 0) this.#changed.push({ ...item, isNew: true });
      else if (!isUnchanged(stored, item)) this.#changed.push(item);
      return;
    }
  }

  async #missRest(signal: AbortSignal): Promise<void> {
    for (let stored = this.#next(); stored !== undefined; stored = this.#next()) {
      this.#missing.push(stored.key);
      this.#position++;
      if (this.#missing.length >= SLICE) await this.#commit();
      signal.throwIfAborted();
    }
  }

  /** What is stored next, without taking it. */
  #next(): StateMark | undefined {
    if (this.#position >= this.#page.length && !this.#isAtEnd) {
      this.#page = this.#core.look((store) =>
        store.states.marks(this.#source.number, this.#lastStored, PAGE)
      );
      this.#position = 0;
      this.#isAtEnd = this.#page.length < PAGE;
      this.#lastStored = this.#page.at(-1)?.key ?? this.#lastStored;
    }
    return this.#page[this.#position];
  }

  async #commit(): Promise<void> {
    const [changed, missing] = [this.#changed, this.#missing];
    this.#changed = [];
    this.#missing = [];
    await this.#cpu.pause(this.#scan.putPrepared(changed));
    await this.#cpu.pause(this.#scan.missing(missing));
    // Also when nothing changed: others on the event loop have their turn.
    if (changed.length + missing.length === 0) {
      await this.#cpu.pause(new Promise((done) => setTimeout(done)));
    }
  }
}

/** Bytes that a module keeps may change while the document does not: `put` looks. */
function isUnchanged(stored: StateMark | undefined, { digest, data }: PreparedItem): boolean {
  return data === undefined && stored !== undefined && Buffer.compare(stored.digest, digest) === 0;
}

/** The items one by one; a failure is a value. */
function take(items: Iterable<GivenItem> | AsyncIterable<GivenItem>, signal: AbortSignal) {
  const iterator = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  return {
    async next(): Promise<{ item: GivenItem | undefined } | { failed: unknown }> {
      try {
        signal.throwIfAborted();
        const { done, value } = await iterator.next();
        return { item: done ? undefined : value };
      } catch (failed) {
        signal.throwIfAborted();
        return { failed };
      }
    },
  };
}
