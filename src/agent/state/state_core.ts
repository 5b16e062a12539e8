/**
 * The states of all modules: who shares the tables, the window and the way into the queue. See docs/state.md.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import type { CpuMeter } from "../../shared/cpu_meter.ts";
import { ChangeSet, type Transition } from "./change_set.ts";
import type { Source } from "./source_table.ts";
import { SourceCounters } from "./source_counts.ts";
import { StateStore } from "./state_store.ts";
import type { SourceDeclaration, StateOptions, StateQueue, StateTransaction } from "./types.ts";

/** What a {@linkcode StateCore} is built with. */
interface StateCoreDeps {
  queue: StateQueue;
  clock: Clock;
  /** Of the agent whose states these are. */
  agentId: string;
  options: () => StateOptions;
  /** `undefined` for a module that this program does not have: its states are left as they are. */
  declarationOf: (source: Pick<Source, "module" | "collector">) => SourceDeclaration | undefined;
}

/** What is committed with changes. */
export interface CommitContext {
  signal: AbortSignal;
  tell?: ((transition: Transition) => string | readonly string[] | undefined) | undefined;
  checkpoints?: readonly { key: string; value: string | null }[];
  write?: (database: DatabaseSync) => void;
  maxItems?: number;
  /** Measures the work in this process. */
  cpu?: CpuMeter;
  /** About how many bytes the events will have. */
  bytes: number;
  /** About how many there are. */
  events: number;
}

/** How the changes of a source are made in an open transaction. */
interface ChangeOptions extends Pick<CommitContext, "tell" | "maxItems"> {
  /** Events may go into the queue at once. @default true */
  mayFeed?: boolean;
}

/** Shared by the keepers of all modules and by what runs in the background. */
export class StateCore {
  readonly deps: StateCoreDeps;
  readonly counters = new SourceCounters();
  readonly log = getLogger(["agent", "state"]);
  /** Statements belong to a database, which is replaced when it is damaged. */
  readonly #stores = new WeakMap<DatabaseSync, StateStore>();
  readonly #listeners = new Set<() => void>();

  constructor(deps: StateCoreDeps) {
    this.deps = deps;
  }

  /** The tables in a database. */
  storeIn(database: DatabaseSync): StateStore {
    const known = this.#stores.get(database);
    if (known !== undefined) return known;
    const store = new StateStore(database);
    this.#stores.set(database, store);
    return store;
  }

  /** Looks at the tables between two transactions. */
  look<T>(read: (store: StateStore) => T): T {
    return this.deps.queue.look((database) => read(this.storeIn(database)));
  }

  /** Changes the tables in a transaction. */
  transact<T>(write: (store: StateStore, transaction: StateTransaction) => T): Promise<T> {
    return this.deps.queue.transact((transaction) =>
      write(this.storeIn(transaction.database), transaction)
    );
  }

  /** What was declared of a source; one whose module is not there is left as it is. */
  declarationOf(source: Pick<Source, "module" | "collector">): SourceDeclaration {
    return this.deps.declarationOf(source) ??
      { isActive: true, counters: [], hasTimestamp: true };
  }

  /**
   * Commits changes of a source, with the events that follow from them. Waits for room in the queue; nothing of it is ever dropped.
   *
   * @throws the signal's reason when aborted before it was taken
   */
  async commit<T>(
    { module, collector }: Pick<Source, "module" | "collector">,
    context: CommitContext,
    change: (changes: ChangeSet, store: StateStore, source: Source) => T,
  ): Promise<T> {
    const { signal, checkpoints = [], write, bytes, events, cpu } = context;
    let result: { value: T } | undefined;
    let promised = 0;
    let waits = false;
    let told = { source: 0, events: 0 };
    await this.deps.queue.append({
      stream: "stateful",
      events: [],
      checkpoints: checkpoints.map((checkpoint) => ({ ...checkpoint, collector: module })),
      writes: { events: Math.max(1, events), bytes },
      write: (database, transaction) => {
        write?.(database);
        const store = this.storeIn(database);
        const source = store.sources.require(module, collector);
        const changes = this.changeSet(source, transaction, context);
        const make = () => {
          const value = change(changes, store, source);
          changes.flush();
          return value;
        };
        result = { value: cpu === undefined ? make() : cpu.slice(make) };
        promised = changes.promised;
        waits = promised > 0 && source.isKnown;
        told = { source: source.number, events: changes.told };
      },
    }, { signal });
    if (told.events > 0) this.counters.of(told.source).told += told.events;
    if (waits) this.counters.of(told.source).windowWaits++;
    if (promised > 0) this.wake();
    return (result as unknown as { value: T }).value;
  }

  /** Changes of a source in an open transaction. */
  changeSet(
    source: Source,
    transaction: StateTransaction,
    { tell, maxItems, mayFeed = true }: ChangeOptions = {},
  ): ChangeSet {
    return new ChangeSet({
      store: this.storeIn(transaction.database),
      source,
      transaction,
      nowMs: this.deps.clock.now(),
      room: mayFeed ? this.roomIn(transaction) : 0,
      declaration: this.declarationOf(source),
      schema: this.deps.options().schema,
      tell,
      maxItems,
    });
  }

  /** How many stateful events may go into the queue now: never into the room that is kept for what matters. */
  roomIn(transaction: Pick<StateTransaction, "stored">): number {
    const { queue, options } = this.deps;
    if (queue.full || queue.disk.low) return 0;
    return Math.max(0, options().window - transaction.stored("stateful"));
  }

  /** Calls `listener` when there may be something to do; returns a function that ends it. */
  onWork(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** There may be something to do. */
  wake(): void {
    for (const listener of this.#listeners) listener();
  }
}
