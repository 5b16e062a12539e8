/**
 * Small questions to the nodes of a YAML document.
 *
 * @module
 */

import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { quoted } from "./given.ts";

/**
 * A node as it was written, quoted and with its `${NAME}` left alone; `undefined` when there is
 * none.
 */
export function shown(node: unknown): string | undefined {
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  if (!isScalar(node)) return undefined;
  if (node.value === null) return "empty";
  return typeof node.value === "string" ? quoted(node.value) : node.source ?? String(node.value);
}

/** True for what stands behind a key without a value. */
export function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** The key of a pair as text. */
export function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : shown(key) ?? "";
}

/** `node` when it is one. */
export function nodeOf(node: unknown): Node | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node : undefined;
}
