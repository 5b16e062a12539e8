/**
 * Which batches a subject has had lately, as it stands in the header of its newest message.
 *
 * The LARGEST ids, not the newest: then every accepted id above the smallest of a full list is in the list, whatever order batches came
 * in. Ids are UUID v7, so they grow; one below the smallest is a late repeat, and has to be looked for in the stream. Eight are enough
 * for what an agent has on its way at once; each more makes every small message larger (32 of them doubled what one costs).
 *
 *     16 bytes of id, 8 of fingerprint, as often as there are ids; base64url      the header
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { validate } from "uuid";

/** Of a batch's id. */
export const ID_BYTES = 16;
const ENTRY_BYTES = 24;
/** May grow, but never shrink: a manager that knows the larger number would take a shortened list for a whole one. */
const MAX_ENTRIES = 8;

/** A list, smallest id first. Never changed: {@linkcode SeenList.with} makes another. */
export class SeenList {
  /** Of a subject that has had no batch. */
  static readonly EMPTY: SeenList = new SeenList([]);
  /** In hex, which sorts as the bytes do. */
  readonly #entries: readonly string[];

  private constructor(entries: readonly string[]) {
    this.#entries = entries;
  }

  /** The list that a header holds; an empty one for no header. */
  static parse(text: string | undefined): SeenList {
    const hex = Buffer.from(text ?? "", "base64url").toString("hex");
    const count = Math.floor(hex.length / (2 * ENTRY_BYTES));
    const at = (index: number) => hex.slice(index * 2 * ENTRY_BYTES, (index + 1) * 2 * ENTRY_BYTES);
    return new SeenList(Array.from({ length: count }, (_, index) => at(index)));
  }

  /** What is known of a batch. `unknown`: it may have been accepted before, and has left the list since. */
  lookUp(key: string, fingerprint: Uint8Array): "new" | "repeat" | "conflict" | "unknown" {
    const id = idOf(key);
    const found = this.#entries.find((entry) => entry.startsWith(id));
    if (found !== undefined) return found === id + printOf(fingerprint) ? "repeat" : "conflict";
    const [smallest] = this.#entries;
    const isFull = this.#entries.length >= MAX_ENTRIES;
    return isFull && smallest !== undefined && id < smallest ? "unknown" : "new";
  }

  /** Whether the list has this key, whatever it was used for. */
  has(key: string): boolean {
    const id = idOf(key);
    return this.#entries.some((entry) => entry.startsWith(id));
  }

  /** The list with one more batch. */
  with(key: string, fingerprint: Uint8Array): SeenList {
    const entries = [...this.#entries, idOf(key) + printOf(fingerprint)].sort();
    return new SeenList(entries.slice(-MAX_ENTRIES));
  }

  /** The header. */
  toText(): string {
    return Buffer.from(this.#entries.join(""), "hex").toString("base64url");
  }
}

/** The id of a batch by its key, in hex. Keys that are no UUIDs have no order; they cost a search each. */
export function idOf(key: string): string {
  if (validate(key) && key === key.toLowerCase()) return key.replaceAll("-", "");
  return createHash("sha256").update(key).digest("hex").slice(0, 2 * ID_BYTES);
}

function printOf(fingerprint: Uint8Array): string {
  return Buffer.from(fingerprint.subarray(0, ENTRY_BYTES - ID_BYTES)).toString("hex");
}
