/**
 * Entity tags (RFC 9110, section 8.8.3): by them a client says which content it has already.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The strong tag of what `parts` make together. */
export function entityTag(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return `"${hash.digest("base64url")}"`;
}

/** Whether `If-None-Match` names `tag`: a list of tags or `*`; whether they are weak does not matter for it. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}
