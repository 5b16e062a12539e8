import canonicalize from "canonicalize";

/** The canonical form of RFC 8785: the same bytes for the same value, whoever wrote it. What is signed is always this. */
export function canonicalBytes(value: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalize(value));
}
