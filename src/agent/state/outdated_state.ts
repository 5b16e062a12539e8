import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";
import { documentDigest } from "../../shared/states/document_digest.ts";
import { headerOf } from "./answered_states.ts";
import { StateStore } from "./state_store.ts";

const NEWLINE = 0x0a;

/**
 * Tells of encoded stateful events whether they say of a document what is not so any more: sent late, they would overwrite what the
 * server was told since. Events that no source of states made are never outdated.
 */
export function outdatedStates(database: DatabaseSync): (lines: Uint8Array) => boolean {
  const store = new StateStore(database);
  return (lines) => {
    const { module, collector, id, operation } = headerOf(lines);
    if (typeof module !== "string" || typeof collector !== "string" || typeof id !== "string") {
      return false;
    }
    const source = store.sources.find(module, collector);
    if (source === undefined) return false;
    const key = store.states.keyOf(source.number, id);
    const row = key === undefined ? undefined : store.states.get(source.number, key);
    if (row === undefined) return operation !== "delete";
    return operation === "delete" || Buffer.compare(digestOf(lines), row.digest) !== 0;
  };
}

/** What cannot be read is like nothing that there is. */
function digestOf(lines: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(lines.subarray(lines.indexOf(NEWLINE, 1) + 1));
  try {
    return documentDigest(JSON.parse(text));
  } catch {
    return new Uint8Array();
  }
}
