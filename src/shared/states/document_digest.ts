/**
 * The digest of a document, as agent and manager both make it, and the digest of many.
 *
 * A document's text is its canonical form (RFC 8785) without what changes with each sending: the members `@timestamp`, `checksum` and `state`. Its
 * digest is the SHA-1 of that text. Documents of a collector fall into 256 buckets by the first byte of their ids; the value of a bucket is
 * the XOR of SHA-1(id + digest) of what it holds, so that the order does not matter and an empty bucket is zero.
 *
 * @module
 */

import { hash } from "node:crypto";
import canonicalize from "canonicalize";

/** Number of buckets. */
export const BUCKETS = 256;
/** Bytes of a digest. */
const DIGEST_BYTES = 20;

/** Members that change each time a document is sent. */
export const PASSING: ReadonlySet<string> = new Set(["@timestamp", "checksum", "state"]);
/** Ids that are no digest of their own are hashed to find their bucket. */
const HEX_ID = /^[0-9a-f]{40}$/;

/** Whether a member of a document counts for no digest of it. */
export function isPassing(member: string): boolean {
  return PASSING.has(member);
}

/** The canonical text of a document. */
export function canonicalText(document: object): string {
  // Whoever wrote its members in order has paid for most of the work already.
  return isInOrder(document) ? JSON.stringify(document) : canonicalize(document) ?? "";
}

/** The digest of a canonical text. */
export function digestOfText(text: string): Uint8Array {
  // In hex and back: half the time of asking for bytes.
  return Uint8Array.fromHex(hash("sha1", text, "hex"));
}

/** The digest of a document, as it stands in an event. */
export function documentDigest(document: Readonly<Record<string, unknown>>): Uint8Array {
  const kept = Object.entries(document).filter(([name]) => !PASSING.has(name));
  return digestOfText(canonicalText(Object.fromEntries(kept)));
}

/** The bucket of a document's id. */
export function bucketOf(id: string): number {
  const hex = HEX_ID.test(id) ? id : hash("sha1", id, "hex");
  return Number.parseInt(hex.slice(0, 2), 16);
}

/** The values of all buckets, made up document by document. */
export class BucketDigests {
  readonly #values: Uint8Array[] = Array.from(
    { length: BUCKETS },
    () => new Uint8Array(DIGEST_BYTES),
  );

  /** Takes a document in; a second time takes it out. */
  add(id: string, digest: Uint8Array): void {
    const idBytes = new TextEncoder().encode(id);
    const both = new Uint8Array(idBytes.length + digest.length);
    both.set(idBytes);
    both.set(digest, idBytes.length);
    const value = this.#values[bucketOf(id)];
    const added: Uint8Array = hash("sha1", both, "buffer");
    added.forEach((byte, index) => {
      if (value !== undefined) value[index] = (value[index] ?? 0) ^ byte;
    });
  }

  /** Lower-case hex, in the order of the buckets. */
  toHex(): string[] {
    return this.#values.map((value) =>
      Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")
    );
  }
}

/** Whether every object in a value has its members in canonical order. `undefined` and what makes its own JSON is left to the library. */
function isInOrder(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return false;
  const members = value as Record<string, unknown>;
  let before: string | undefined;
  for (const name in members) {
    if (before !== undefined && name <= before) return false;
    const member = members[name];
    if (member === undefined || typeof member === "function") return false;
    if (typeof member === "object" && !isInOrder(member)) return false;
    before = name;
  }
  return true;
}
