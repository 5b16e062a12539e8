/**
 * A scan of one source: what it finds is committed as it comes, what it does not find is deleted at its end, and only if it saw
 * everything. What changed meanwhile is newer than what the scan saw, and is left alone.
 *
 * @module
 */

import type { ChangeSet, ItemOutcome } from "./change_set.ts";
import { type GivenItem, type PreparedItem, prepareItem } from "./prepared_item.ts";
import type { Source } from "./source_table.ts";
import type { CommitContext, StateCore } from "./state_core.ts";
import type { StateStore } from "./state_store.ts";

/** What a scan is begun with. */
export type ScanContext = Omit<CommitContext, "bytes" | "events">;

/** How it ended; see `ScanOutcome` of the modules. */
interface Outcome {
  items: number;
  creates: number;
  updates: number;
  deletes: number;
  over_limit: number;
  complete: boolean;
  reason?: string;
}

const PAGE = 1_000;
/** About how large an event is: it only decides how long a full queue lets the scan wait. */
const EVENT_BYTES = 512;
/** So many changes during a scan are remembered; with more of them it is not complete. */
const MAX_TOUCHED = 200_000;

/** One scan, from its beginning to {@linkcode StateScan.finish}. */
export class StateScan {
  readonly isFirst: boolean;
  readonly #core: StateCore;
  readonly #source: Source;
  readonly #context: ScanContext;
  readonly #touched = new Set<string>();
  readonly #startedMs: number;
  readonly #counts = { creates: 0, updates: 0, deletes: 0, over_limit: 0 };
  #hasCleared = false;

  constructor(core: StateCore, source: Source, context: ScanContext) {
    this.#core = core;
    this.#source = source;
    this.isFirst = !source.isScanned;
    // A machine that is seen for the first time has not changed: people are told of nothing.
    this.#context = this.isFirst ? { ...context, tell: undefined } : context;
    this.#startedMs = core.deps.clock.monotonic();
    core.counters.of(source.number).touched.add(this.#touched);
  }

  /** See `StateScan.put` of the modules. */
  async put(items: readonly GivenItem[]): Promise<void> {
    const declaration = this.#core.declarationOf(this.#source);
    await this.putPrepared(items.map((item) => prepareItem(item, declaration)));
  }

  /** {@linkcode put} for what was compared already. */
  async putPrepared(items: readonly PreparedItem[]): Promise<void> {
    if (items.length === 0) return;
    const outcomes = await this.#commit(
      items.length,
      (changes) => items.map((item) => this.#touched.has(item.key) ? "same" : changes.put(item)),
    );
    this.#count(outcomes);
  }

  /** See `StateScan.missing` of the modules. */
  async missing(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const clears = !this.#hasCleared;
    await this.#core.transact((store) => {
      // What a scan left that was cut short says nothing.
      if (clears) store.clearMissing(this.#source);
      store.addMissing(this.#source, keys);
    });
    this.#hasCleared = true;
  }

  /** See `StateScan.finish` of the modules. */
  async finish(
    { items, reason, overLimit = 0 }: { items: number; reason?: string; overLimit?: number },
  ): Promise<Outcome> {
    this.#counts.over_limit += overLimit;
    const why = reason ?? this.#whyUnsure();
    if (why === undefined) await this.#deleteMissing();
    this.end();
    const { creates, updates, deletes, over_limit } = this.#counts;
    await this.#core.transact((store) => {
      store.clearMissing(this.#source);
      const { module, collector } = this.#source;
      const source = store.sources.require(module, collector);
      if (why === undefined && !source.isScanned) store.sources.update(source, { isScanned: true });
    });
    const outcome = { items, creates, updates, deletes, over_limit, complete: why === undefined };
    this.#note(why);
    return why === undefined ? outcome : { ...outcome, reason: why };
  }

  /** Ends it without an outcome: what was committed stays. */
  end(): void {
    this.#core.counters.of(this.#source.number).touched.delete(this.#touched);
  }

  #whyUnsure(): string | undefined {
    return this.#touched.size < MAX_TOUCHED ? undefined : "too much changed during the scan";
  }

  async #deleteMissing(): Promise<void> {
    if (!this.#hasCleared) return;
    for (;;) {
      const outcomes = await this.#commit(
        PAGE,
        (changes, store) =>
          store.takeMissing(this.#source, PAGE)
            .map((key) => this.#touched.has(key) ? "same" : changes.gone(key)),
      );
      this.#count(outcomes);
      if (outcomes.length === 0) return;
    }
  }

  #commit(
    events: number,
    change: (changes: ChangeSet, store: StateStore) => readonly ItemOutcome[],
  ): Promise<readonly ItemOutcome[]> {
    const context = { ...this.#context, events, bytes: events * EVENT_BYTES };
    return this.#core.commit(this.#source, context, change);
  }

  #count(outcomes: readonly ItemOutcome[]): void {
    const counts = this.#core.counters.of(this.#source.number);
    for (const outcome of outcomes) {
      if (outcome === "over_limit") this.#counts.over_limit++;
      else if (outcome !== "same") {
        this.#counts[`${outcome}s`]++;
        counts[`${outcome}s`]++;
      }
    }
  }

  #note(reason: string | undefined): void {
    const { clock } = this.#core.deps;
    const counts = this.#core.counters.of(this.#source.number);
    const tookMs = clock.monotonic() - this.#startedMs;
    counts.scans.add(tookMs);
    if (reason !== undefined) counts.incompleteScans++;
    counts.lastScan = {
      atMs: clock.now(),
      tookMs: Math.round(tookMs),
      complete: reason === undefined,
      reason,
      overLimit: this.#counts.over_limit,
    };
  }
}

/** Tells every scan of a source that is under way that a thing changed. */
export function touch(core: StateCore, source: number, key: string): void {
  for (const touched of core.counters.of(source).touched) {
    if (touched.size < MAX_TOUCHED) touched.add(key);
  }
}
