/**
 * A thing made ready for the comparison.
 *
 * @module
 */

import { canonicalText, digestOfText, PASSING } from "../../shared/states/document_digest.ts";
import { isStateId } from "./state_table.ts";
import type { SourceDeclaration } from "./types.ts";

/** What a module says of a thing. */
export interface GivenItem {
  key: string;
  id: string;
  document: Readonly<Record<string, unknown>>;
  data?: Uint8Array;
}

/** With its digest, and what is stored of it. */
export interface PreparedItem extends GivenItem {
  /** Of the document without its counters, and without a checksum that the module has made itself. */
  digest: Uint8Array;
  /** Nothing was stored under its key when it was compared. @default nobody knows */
  isNew?: boolean;
  /** What goes into the table. */
  stored: string | Uint8Array;
}

/**
 * Makes an item ready.
 *
 * @throws {TypeError} naming the key, for what no server could take
 */
export function prepareItem(item: GivenItem, { counters }: SourceDeclaration): PreparedItem {
  const { key, id, document, data } = item;
  if (key === "") throw new TypeError("A state has an empty key");
  if (!isStateId(id)) {
    throw new TypeError(`State ${JSON.stringify(key)} has an id that is no SHA-1`);
  }
  const text = canonicalText(document);
  // Agent line and data line are joined by bytes at some servers: an empty object makes invalid JSON of them.
  if (text === "{}" || "agent" in document) {
    throw new TypeError(`State ${JSON.stringify(key)} is empty, or has a member "agent"`);
  }
  const left = [...counters, ...Object.keys(document).filter((name) => PASSING.has(name))];
  const compared = left.length === 0 ? text : canonicalText(withoutMembers(document, left));
  return { ...item, digest: digestOfText(compared), stored: data ?? text };
}

/** The document without the members at these dotted paths. */
export function withoutMembers(
  document: Readonly<Record<string, unknown>>,
  paths: readonly string[],
): Record<string, unknown> {
  let copy: Record<string, unknown> = document;
  for (const path of paths) copy = withoutMember(copy, path.split("."));
  return copy;
}

function withoutMember(
  value: Readonly<Record<string, unknown>>,
  [name = "", ...rest]: readonly string[],
): Record<string, unknown> {
  const { [name]: member, ...others } = value;
  if (rest.length === 0 || typeof member !== "object" || member === null) {
    return rest.length === 0 ? others : { ...value };
  }
  return { ...others, [name]: withoutMember(member as Record<string, unknown>, rest) };
}
