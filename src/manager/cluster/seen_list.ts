/**
 * Which batches a subject has had lately, as it stands in the header of its newest message.
 *
 * The 32 LARGEST ids, not the newest: then every accepted id above the smallest of a full list is in the list, whatever order batches
 * came in. Ids are UUID v7, so they grow; one below the smallest is a late repeat, and has to be looked for in the stream.
 *
 *     16 bytes of id, 8 of fingerprint, as often as there are ids; base64url      the header
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { parse, validate } from "uuid";

const ID_BYTES = 16;
const ENTRY_BYTES = 24;
const MAX_ENTRIES = 32;

/** A list, smallest id first. Never changed: {@linkcode SeenList.with} makes another. */
export class SeenList {
  readonly #entries: readonly Buffer[];

  private constructor(entries: readonly Buffer[]) {
    this.#entries = entries;
  }

  /** The list that a header holds; an empty one for no header. */
  static parse(text: string | undefined): SeenList {
    const bytes = Buffer.from(text ?? "", "base64url");
    const count = Math.floor(bytes.length / ENTRY_BYTES);
    const at = (index: number) => bytes.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    return new SeenList(Array.from({ length: count }, (_, index) => at(index)));
  }

  /** What is known of a batch. `unknown`: it may have been accepted before, and has left the list since. */
  lookUp(key: string, fingerprint: Uint8Array): "new" | "repeat" | "conflict" | "unknown" {
    const wanted = entryOf(key, fingerprint);
    const found = this.#entries.find((entry) => compareIds(entry, wanted) === 0);
    if (found !== undefined) return found.equals(wanted) ? "repeat" : "conflict";
    const [smallest] = this.#entries;
    const isFull = this.#entries.length >= MAX_ENTRIES;
    return isFull && smallest !== undefined && compareIds(wanted, smallest) < 0 ? "unknown" : "new";
  }

  /** Whether the list has this key, whatever it was used for. */
  has(key: string): boolean {
    const wanted = idOf(key);
    return this.#entries.some((entry) => entry.subarray(0, ID_BYTES).equals(wanted));
  }

  /** The list with one more batch. */
  with(key: string, fingerprint: Uint8Array): SeenList {
    const entries = [...this.#entries, entryOf(key, fingerprint)].sort(compareIds);
    return new SeenList(entries.slice(-MAX_ENTRIES));
  }

  /** The header. */
  toText(): string {
    return Buffer.concat(this.#entries).toString("base64url");
  }
}

function entryOf(key: string, fingerprint: Uint8Array): Buffer {
  return Buffer.concat([idOf(key), fingerprint.subarray(0, ENTRY_BYTES - ID_BYTES)]);
}

/** Keys that are no UUIDs have no order; they cost a search each. */
function idOf(key: string): Buffer {
  if (validate(key) && key === key.toLowerCase()) return Buffer.from(parse(key));
  return createHash("sha256").update(key).digest().subarray(0, ID_BYTES);
}

function compareIds(one: Buffer, other: Buffer): number {
  return one.compare(other, 0, ID_BYTES, 0, ID_BYTES);
}
