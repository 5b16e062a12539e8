/**
 * A manifest's text read strictly, see `manifest.ts`.
 *
 * @module
 */

import { canonicalBytes } from "../signing/canonical.ts";
import { describeIssues } from "../text.ts";
import { MANIFEST, type Manifest, MAX_MANIFEST_BYTES } from "./manifest.ts";
import { refused, type RefusedManifest } from "./refusal.ts";

/** A manifest of the right form, or why it is none. Nothing is said of its signatures. */
type ParsedManifest = { ok: true; manifest: Manifest } | RefusedManifest;

/** Reads the text of a manifest; a newline at its end is no part of it. */
export function parseManifest(text: string): ParsedManifest {
  // Cheap, and before anything is parsed: a character is a byte at least.
  if (text.length > MAX_MANIFEST_BYTES) {
    return refused("too_large", `the manifest is longer than ${MAX_MANIFEST_BYTES} bytes`);
  }
  const value = jsonIn(text);
  if (typeof value !== "object" || value === null) {
    return refused("not_json", "it is not a JSON object");
  }
  if (canonicalText(value) !== text.replace(/\n$/, "")) {
    return refused("not_canonical", "it is not in the canonical form of RFC 8785");
  }
  const { data, error } = MANIFEST.safeParse(value);
  return data === undefined
    ? refused("wrong_form", describeIssues(error))
    : { ok: true, manifest: data };
}

/**
 * The one text of a manifest, also of one that came as a value inside another document.
 *
 * `undefined` for a value that has no canonical form: one nested too deeply, or with half of a surrogate pair.
 */
export function canonicalText(value: object): string | undefined {
  try {
    return new TextDecoder().decode(canonicalBytes(value));
  } catch {
    return undefined;
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
