/**
 * The changes of one source in one transaction: rows, the events that tell the server, and those that tell people.
 *
 * An event goes into the queue as long as the window has room and nothing of the same document is promised before it; otherwise into the
 * outbox.
 *
 * @module
 */

import { mergeOperations, type Operation } from "./outbox_table.ts";
import type { PreparedItem } from "./prepared_item.ts";
import type { Source } from "./source_table.ts";
import { documentText, encodeState, encodeStateDelete, type EventShape } from "./state_event.ts";
import type { StateStore } from "./state_store.ts";
import type { StateRow } from "./state_table.ts";
import type { StateTransaction } from "./types.ts";

/** A change, as a module is told of it to tell people. */
export interface Transition {
  operation: Operation;
  collector: string;
  key: string;
  /** `data` is the text of the document. */
  before?: { key: string; id: string; data: string; changedMs: number };
  after?: Readonly<Record<string, unknown>>;
}

/** What a {@linkcode ChangeSet} is made with. */
interface ChangeSetOptions extends Omit<EventShape, "source"> {
  store: StateStore;
  source: Source;
  transaction: StateTransaction;
  nowMs: number;
  /** How many stateful events may go into the queue. */
  room: number;
  /** Makes the stateless event of a change, or several. */
  tell?: ((transition: Transition) => string | readonly string[] | undefined) | undefined;
  /** Unknown things are not taken beyond so many. */
  maxItems?: number | undefined;
}

/** What became of an item. */
export type ItemOutcome = Operation | "same" | "over_limit";

/** Collects changes; {@linkcode ChangeSet.flush} ends it. */
export class ChangeSet {
  readonly #options: ChangeSetOptions;
  readonly #stateful: string[] = [];
  readonly #stateless: string[] = [];
  #room: number;
  #count: number | undefined;
  #promised = 0;

  constructor(options: ChangeSetOptions) {
    this.#options = options;
    const { source, nowMs, room } = options;
    // What the server is not known to take goes alone first: see `trial.ts`.
    this.#room = source.isKnown && source.pausedUntilMs <= nowMs ? room : 0;
  }

  /** How many events went into the outbox. */
  get promised(): number {
    return this.#promised;
  }

  /** How many stateless events tell people. */
  get told(): number {
    return this.#stateless.length;
  }

  /** Takes what there is of a thing. */
  put(item: PreparedItem): ItemOutcome {
    const { store, source, maxItems } = this.#options;
    // Nothing is looked for where nothing was: of a first scan that is half the work.
    if (item.isNew && maxItems === undefined && this.#add(item)) return "create";
    const before = store.states.get(source.number, item.key);
    if (before === undefined) return this.#create(item);
    if (isSame(before.digest, item.digest)) return this.#keep(before, item);
    const row = this.#rowOf(item, before.version + 1);
    store.states.put(source.number, row);
    const wasRefused = store.refused.get(source.number, item.key) !== undefined;
    if (wasRefused) store.refused.remove(source.number, item.key);
    if (before.id !== row.id) {
      this.#send("delete", before);
      this.#send("create", row);
    } else this.#send("update", row);
    this.#tell("update", { key: item.key, before, after: item.document });
    return "update";
  }

  /** Takes that a thing is no more. */
  gone(key: string): "delete" | "same" {
    const { store, source } = this.#options;
    const before = store.states.get(source.number, key);
    if (before === undefined) return "same";
    store.states.remove(source.number, key);
    store.refused.remove(source.number, key);
    if (this.#count !== undefined) this.#count--;
    this.#send("delete", before);
    this.#tell("delete", { key, before });
    return "delete";
  }

  /** Says again what there is. */
  repeat(row: StateRow): void {
    this.#send("update", row);
  }

  /** Deletes a document that the server has and the machine does not. */
  deleteSurplus(id: string): void {
    this.#send("delete", { id, key: "" });
  }

  /** Puts the events into the queue. */
  flush(): void {
    const { transaction } = this.#options;
    if (this.#stateful.length > 0) {
      transaction.append({ stream: "stateful", events: this.#stateful });
    }
    if (this.#stateless.length > 0) {
      transaction.append({ stream: "stateless", events: this.#stateless });
    }
  }

  #create(item: PreparedItem): ItemOutcome {
    const { store, source, maxItems } = this.#options;
    if (maxItems !== undefined) {
      this.#count ??= store.states.count(source.number);
      if (this.#count >= maxItems) return "over_limit";
      this.#count++;
    }
    this.#add(item);
    return "create";
  }

  /** False when there is one already. */
  #add(item: PreparedItem): boolean {
    const { store, source } = this.#options;
    const row = this.#rowOf(item, 1);
    if (!store.states.add(source.number, row)) return false;
    this.#send("create", row);
    this.#tell("create", { key: item.key, after: item.document });
    return true;
  }

  /** The document is the same; what the module keeps beside it may not be. */
  #keep(before: StateRow, { key, data, stored }: PreparedItem): ItemOutcome {
    const { store, source } = this.#options;
    if (data !== undefined && !isSame(data, before.data)) {
      store.states.setData(source.number, key, stored);
    }
    return "same";
  }

  #rowOf({ key, id, digest, stored }: PreparedItem, version: number): StateRow {
    return { key, id, digest, data: stored, changedMs: this.#options.nowMs, version };
  }

  #send(operation: Operation, row: Pick<StateRow, "id" | "key"> & Partial<StateRow>): void {
    const { store, source: { number, isKnown } } = this.#options;
    const { id, key } = row;
    if (operation !== "delete" && this.#room === 0) {
      this.#promised++;
      return store.outbox.promise(number, { id, key, operation });
    }
    const earlier = store.outbox.get(number, id);
    if (earlier === undefined && this.#room > 0) {
      this.#room--;
      return void this.#stateful.push(this.#encode(operation, row));
    }
    const merged = earlier === undefined
      ? operation
      : mergeOperations(earlier.operation, operation);
    // Until the server is known to take the source, the promise may be under way already.
    const next = merged ?? (isKnown ? undefined : operation);
    if (next === undefined) return store.outbox.remove(number, id);
    store.outbox.put(number, { id, key, operation: next });
    this.#promised++;
  }

  #encode(operation: Operation, row: Pick<StateRow, "id" | "key"> & Partial<StateRow>): string {
    if (operation === "delete") return encodeStateDelete(row.id, this.#options);
    return encodeState(row as StateRow, operation, this.#options);
  }

  #tell(
    operation: Operation,
    { key, before, after }: {
      key: string;
      before?: StateRow;
      after?: Readonly<Record<string, unknown>>;
    },
  ): void {
    const { tell, source: { collector }, declaration } = this.#options;
    const events = tell?.({
      operation,
      collector,
      key,
      ...(before && { before: { ...before, data: documentText(before, declaration) } }),
      ...(after && { after }),
    });
    if (events !== undefined) this.#stateless.push(...[events].flat());
  }
}

function isSame(one: string | Uint8Array, other: string | Uint8Array): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
