/**
 * What follows from a server's answers to single documents; written in the transaction that settles their batch.
 *
 * @module
 */

import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import type { StateStore } from "./state_store.ts";
import type { StateRow } from "./state_table.ts";
import type { StateTransaction } from "./types.ts";

/** Answers of a server to single stateful events. */
interface AnsweredStates {
  /** `whole`: the request that held only this one was refused. */
  refused: readonly { lines: Uint8Array; status: number; reason: string; whole: boolean }[];
  /** Those that were to create what the server had already. */
  existing: readonly Uint8Array[];
}

/** A document that an answer is about. */
interface Found {
  store: StateStore;
  source: Source;
  row: StateRow;
}

const decoder = new TextDecoder();
const NEWLINE = 0x0a;
/** The event itself is too large, whoever sent it. */
const TOO_LARGE = 413;

/** Notes answers. It belongs inside a transaction, and never throws for what is in an event. */
export function noteAnswers(
  core: StateCore,
  { refused, existing }: AnsweredStates,
  transaction: StateTransaction,
): void {
  const store = core.storeIn(transaction.database);
  for (const lines of existing) {
    const found = find(store, lines);
    // What the server has may be older than what was to be created.
    if (found) core.changeSet(found.source, transaction, { mayFeed: false }).repeat(found.row);
  }
  for (const { lines, status, reason, whole } of refused) {
    const found = find(store, lines);
    if (found === undefined) continue;
    if (whole && status !== TOO_LARGE) doubtSource(core, found, transaction);
    else noteRefused(core, found, `${status}: ${reason}`);
  }
  if (refused.length + existing.length > 0) core.wake();
}

/** Remembers that the server does not take a document as it is now. */
export function noteRefused(core: StateCore, { store, source, row }: Found, reason: string): void {
  const { key, digest } = row;
  core.counters.of(source.number).refusals++;
  store.refused.put(source.number, { key, digest, reason, atMs: core.deps.clock.now() });
}

/** Is it the document, or does the server not take the source any more? It is asked with one that goes alone, see `trial.ts`. */
function doubtSource(
  core: StateCore,
  { store, source, row }: Found,
  transaction: StateTransaction,
) {
  store.sources.update(source, { isKnown: false });
  core.changeSet({ ...source, isKnown: false }, transaction, { mayFeed: false }).repeat(row);
}

/** The document that an encoded event is about, as it is now; `undefined` when it is no state, or gone. */
function find(store: StateStore, lines: Uint8Array): Found | undefined {
  const { module, collector, id } = headerOf(lines);
  if (typeof module !== "string" || typeof collector !== "string" || typeof id !== "string") {
    return undefined;
  }
  const source = store.sources.find(module, collector);
  const key = source && store.states.keyOf(source.number, id);
  const row = source && key !== undefined && store.states.get(source.number, key);
  return source && row ? { store, source, row } : undefined;
}

/** The header of an encoded event; empty when it cannot be read. */
export function headerOf(lines: Uint8Array): Record<string, unknown> {
  const end = lines.indexOf(NEWLINE, 1);
  try {
    return JSON.parse(decoder.decode(lines.subarray(1, end === -1 ? undefined : end)));
  } catch {
    return {};
  }
}
