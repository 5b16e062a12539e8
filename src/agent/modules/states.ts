/**
 * States: documents at the server that say what the machine has, one for each thing (a package, a port, a file).
 *
 * A module says what there is; whoever keeps the states finds what changed since, and sees to it that the server shows the same, over
 * crashes, outages and refusals. See docs/state.md.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { CpuMeter } from "../../shared/cpu_meter.ts";
import type { Checkpoint } from "../../shared/protocol/stored_events.ts";

/** All members of its schema, `null` for what is not known; without `@timestamp`, which is added when it is sent. */
type StateDocument = Readonly<Record<string, unknown>>;

/** A thing that the machine has. */
interface StateItem {
  /** Its name within the collector, not empty. States are in the order of the code points of their keys . */
  key: string;
  /** Of its document: see {@linkcode StateKeeper.documentId}. */
  id: string;
  document: StateDocument;
  /** What is stored of it, when that is not the document: the module's `unpack` must give the document back. @default the document */
  data?: Uint8Array;
}

/** A thing as it was told last. */
interface StoredState {
  key: string;
  /** Lower-case hex. */
  id: string;
  /** JSON text of the document, or what {@linkcode StateItem.data} was. */
  data: string | Uint8Array;
  /** Wall clock, milliseconds: when the document changed last. */
  changedMs: number;
}

/** A change that is about to be committed. */
interface StateTransition {
  operation: "create" | "update" | "delete";
  collector: string;
  key: string;
  /** What there was; `data` is the text of the document. */
  before?: Pick<StoredState, "key" | "id" | "changedMs"> & { data: string };
  /** What there is. */
  after?: StateDocument;
}

/**
 * The encoded stateless event that tells people of a change, or several, if they are to be told. Committed with the change; called
 * inside a transaction, and again after a rollback.
 */
type TellChange = (transition: StateTransition) => string | readonly string[] | undefined;

/** What is to be compared with the state, and changed if it differs. */
type StateChange = { item: StateItem } | { gone: string };

/** What becomes durable together with changes. */
interface ChangeContext {
  signal: AbortSignal;
  /** @default nobody is told */
  tell?: TellChange | undefined;
  checkpoints?: readonly Checkpoint[];
  /** The module's own rows; see `SinkGroup.write`. */
  write?: (database: DatabaseSync) => void;
  /** Things that are not known yet are not taken beyond so many. @default no limit */
  maxItems?: number;
  /** Measures the comparison. @default nobody wants to know */
  cpu?: CpuMeter;
}

/** How a scan ended. */
interface ScanOutcome {
  items: number;
  creates: number;
  updates: number;
  deletes: number;
  /** Items beyond `maxItems`, which were not taken. */
  over_limit: number;
  /** False when not everything could be seen: then nothing was deleted. */
  complete: boolean;
  /** Why it is not complete. */
  reason?: string;
}

/** A scan whose comparison is done elsewhere, such as in a child process. */
interface StateScan {
  /** True until a scan of the collector has been complete: then nobody is told of changes. */
  readonly isFirst: boolean;
  /** Commits what is new or changed. What is as it was may be left out, or given: then it costs a look and changes nothing. */
  put(items: readonly StateItem[]): Promise<void>;
  /** Names what is stored and was not met. It is deleted when the scan turns out to be complete. */
  missing(keys: readonly string[]): Promise<void>;
  /** Ends it; `reason` says why it is not complete, `overLimit` how many things were left out because there are too many. */
  finish(end: { items: number; reason?: string; overLimit?: number }): Promise<ScanOutcome>;
  /** Ends it without an outcome, such as when it was aborted; does nothing after {@linkcode finish}. */
  end(): void;
}

/** How a scan is done. */
interface ScanOptions extends ChangeContext {
  /** Asked at the end: why not everything could be seen, if so. */
  whyIncomplete?: () => string | undefined;
}

/** Which documents the server takes: `stateful.schema`. */
export type StateSchema = "6.0" | "5.0";

/** The states of one module. */
export interface StateKeeper {
  readonly schema: StateSchema;
  /**
   * The id of a document, as its schema has it: `text` is what stands behind the agent's UUID (6.0), or the whole text (5.0), with `:`
   * between its parts.
   */
  documentId(text: string | Uint8Array): string;
  /** Up to `limit` (at most 1,000) states whose keys come after `afterKey`, in order. Reads; holds nothing open. */
  page(collector: string, afterKey: string, limit: number): readonly StoredState[];
  /** {@linkcode page} of the keys from `from` on, before `until`. */
  range(
    collector: string,
    keys: { from: string; until: string },
    limit: number,
  ): readonly StoredState[];
  /** Number of states; walks them, so for what is rare. */
  count(collector: string): number;
  /** Compares with the state and commits what differs. For changes seen as they happen. */
  apply(collector: string, changes: readonly StateChange[], context: ChangeContext): Promise<void>;
  /**
   * Compares all that there is, in the order of keys, with the state. Memory does not grow with the number of items. When `items`
   * throws, the scan is not complete: nothing is deleted, and the reason is in the outcome.
   *
   * @throws the signal's reason when aborted
   * @throws {TypeError} when keys are out of order or doubled
   */
  scan(
    collector: string,
    items: Iterable<StateItem> | AsyncIterable<StateItem>,
    options: ScanOptions,
  ): Promise<ScanOutcome>;
  /** Begins a scan whose comparison is done elsewhere. */
  beginScan(collector: string, context: ChangeContext): Promise<StateScan>;
  /** Deletes states, here and at the server, but for those that `keeps`; resolves with their number. */
  drop(
    collector: string,
    options: { signal: AbortSignal; keeps?: (key: string) => boolean },
  ): Promise<number>;
  /** Tells when the collector is scanned next by itself: wall clock, milliseconds. */
  plan(collector: string, nextScanAtMs: number | undefined): void;
}

/** What a module declares of its states. */
export interface DeclaredStates<Options> {
  /**
   * The collectors whose states are kept under these options, of those that the schema has. Those of others are deleted, here and at the
   * server.
   */
  collectors(options: Options, schema: StateSchema): readonly string[];
  /**
   * Members (dotted paths, such as `host.memory.free`) of the documents of a collector whose change is none: they are sent along when
   * something else changes.
   */
  counters?: Readonly<Record<string, readonly string[]>>;
  /** Whether its documents have a member `@timestamp` (schema 6.0). @default true */
  hasTimestamp?: boolean;
  /** The document of what is stored as `data`. @default `data` is the document as JSON */
  unpack?(collector: string, state: { key: string; data: Uint8Array }): StateDocument;
}
