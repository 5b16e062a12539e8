/**
 * What the states need of the queue, of the server and of the modules.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { EventsOutcome, RetryOutcome } from "../../shared/protocol/exchange.ts";
import type { Amount, CollectedGroup } from "../../shared/protocol/stored_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";

/** An open transaction of the queue's database. */
export interface StateTransaction {
  database: DatabaseSync;
  append(group: Pick<CollectedGroup, "stream" | "events">): unknown;
  /** Events of a stream that are stored now. */
  stored(stream: Stream): number;
}

/** What goes into the queue in one transaction with changes of state. */
interface StateGroup extends Omit<CollectedGroup, "checkpoints"> {
  checkpoints?: readonly { collector: string; key: string; value: string | null }[];
  write: (database: DatabaseSync, transaction: StateTransaction) => void;
  writes: Amount;
}

/** What the states need of the queue. */
export interface StateQueue {
  append(group: StateGroup, options: { signal: AbortSignal }): Promise<unknown>;
  transact<T>(write: (transaction: StateTransaction) => T): Promise<T>;
  /** Looks at the tables between two transactions. */
  look<T>(read: (database: DatabaseSync) => T): T;
  /** Where the events of a stream are. */
  account(stream: Stream): { queued: Amount; dropped: Amount };
  onChange(listener: () => void): () => void;
  /** True while an append waits for room. */
  readonly full: boolean;
  readonly disk: { low: boolean };
}

/** Documents of the server that are not the agent's, by bucket. */
export interface DigestAnswer {
  kind: "compared";
  /** The buckets that are not the same. */
  differ: readonly number[];
  /** What the server has in some of them: document id to digest in hex. */
  documents: ReadonlyMap<number, ReadonlyMap<string, string>>;
}

/** What is asked of the server beside the queue. All of it rejects only when the signal is aborted. */
export interface StateServer {
  /** Sends encoded stateful events in a request of their own. */
  send(lines: string, signal: AbortSignal): Promise<EventsOutcome>;
  /** Sends a request without events. */
  probe(signal: AbortSignal): Promise<EventsOutcome>;
  /** Compares digests; `unsupported` when the server does not know the question. */
  compare(
    source: { module: string; collector: string },
    buckets: readonly string[],
    signal: AbortSignal,
  ): Promise<DigestAnswer | { kind: "unsupported" } | RetryOutcome>;
}

/** The schema of documents. */
export type StateSchema = "6.0" | "5.0";

/** What can change while the agent runs. */
export interface StateOptions {
  schema: StateSchema;
  /** Most events in the stateful stream before states wait for it. */
  window: number;
  /** Milliseconds from one comparison with the server to the next. */
  integrityIntervalMs: number;
  /** What a server gets that cannot compare. */
  resync: "off" | "rolling";
}

/** What a module declared of its states, with its options in force. */
export interface SourceDeclaration {
  /** False: its states are deleted, here and at the server. */
  isActive: boolean;
  /** Members whose change is none. */
  counters: readonly string[];
  /** False for documents that have no `@timestamp`. */
  hasTimestamp: boolean;
  /** The document of what is stored as bytes. */
  unpack?: (state: { key: string; data: Uint8Array }) => object;
}
