import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";
import { documentDigest } from "../../shared/states/document_digest.ts";
import { headerOf } from "./answered_states.ts";
import { withoutMembers } from "./prepared_item.ts";
import { StateStore } from "./state_store.ts";

const NEWLINE = 0x0a;

/** The members of the documents of a source whose change is none: `SourceDeclaration.counters`. */
type CountersOf = (source: { module: string; collector: string }) => readonly string[];

/**
 * Tells of encoded stateful events whether they say of a document what is not so any more: sent late, they would overwrite what the
 * server was told since. Events that no source of states made are never outdated. That a document was refused is forgotten when it is
 * not outdated: it is about to be sent again. Belongs inside a transaction.
 */
export function outdatedStates(
  countersOf: CountersOf,
): (database: DatabaseSync) => (lines: Uint8Array) => boolean {
  return (database) => {
    const store = new StateStore(database);
    return (lines) => isOutdated(store, lines, countersOf);
  };
}

function isOutdated(store: StateStore, lines: Uint8Array, countersOf: CountersOf): boolean {
  const { module, collector, id, operation } = headerOf(lines);
  if (typeof module !== "string" || typeof collector !== "string" || typeof id !== "string") {
    return false;
  }
  const source = store.sources.find(module, collector);
  if (source === undefined) return false;
  const key = store.states.keyOf(source.number, id);
  const row = key === undefined ? undefined : store.states.get(source.number, key);
  if (row === undefined) return operation !== "delete";
  const digest = digestOf(lines, countersOf({ module, collector }));
  if (operation === "delete" || Buffer.compare(digest, row.digest) !== 0) return true;
  store.refused.remove(source.number, row.key);
  return false;
}

/** What cannot be read is like nothing that there is. */
function digestOf(lines: Uint8Array, counters: readonly string[]): Uint8Array {
  const text = new TextDecoder().decode(lines.subarray(lines.indexOf(NEWLINE, 1) + 1));
  try {
    return documentDigest(withoutMembers(JSON.parse(text), counters));
  } catch {
    return new Uint8Array();
  }
}
