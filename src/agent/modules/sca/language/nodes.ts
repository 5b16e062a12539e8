/**
 * The parts of a policy's YAML, with what is wrong with them.
 *
 * @module
 */

import { isMap, isScalar, isSeq, type Pair } from "yaml";
import type { Place } from "../../../../shared/config/given.ts";
import { nearest } from "../../../../shared/config/suggest.ts";
import type { YamlDocument } from "../../../../shared/config/yaml_document.ts";
import { isNothing, keyOf, nodeOf, shown } from "../../../../shared/config/yaml_nodes.ts";
import type { PolicyProblem } from "./policy.ts";

/** A place in the text, counted from 1. */
type Position = Pick<PolicyProblem, "line" | "column">;

/** The position of a place in a file. */
export function positionOf(place: Place): Position {
  return "line" in place ? { line: place.line, column: place.column } : { line: 1, column: 1 };
}

/** Reads nodes of one document, and gathers what is wrong. */
export class PolicyNodes {
  readonly problems: PolicyProblem[] = [];
  readonly #document: YamlDocument;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  /** Where a node is written; the begin of the text for what is nowhere. */
  placeOf(node: unknown): Position {
    return positionOf(this.#document.place(nodeOf(node)));
  }

  /** Notes that something is wrong. */
  error(node: unknown, text: string): void {
    this.problems.push({ severity: "error", ...this.placeOf(node), text });
  }

  /** Notes that something should be otherwise. */
  warn(node: unknown, text: string): void {
    this.problems.push({ severity: "warning", ...this.placeOf(node), text });
  }

  /** The parts of a map, by name; a name that is there twice counts where it stands last. */
  map(node: unknown, what: string): ReadonlyMap<string, Pair> | undefined {
    const resolved = this.#document.resolved(node);
    if (!isMap(resolved)) {
      if (!isNothing(resolved)) this.error(node, `${what} must be a map, not ${shown(resolved)}`);
      return undefined;
    }
    const parts = new Map<string, Pair>();
    for (const pair of resolved.items) {
      const key = keyOf(pair);
      if (parts.has(key)) this.error(pair.key, `"${key}" is there twice in ${what}`);
      parts.set(key, pair);
    }
    return parts;
  }

  /** Tells of names that mean nothing. */
  knowOnly(
    parts: ReadonlyMap<string, Pair>,
    names: readonly string[],
    what: string,
  ): void {
    for (const [name, { key }] of parts) {
      if (names.includes(name)) continue;
      const meant = nearest(name, names);
      const suggestion = meant === undefined ? "" : `, did you mean "${meant}"?`;
      this.warn(key, `"${name}" means nothing in ${what}${suggestion}`);
    }
  }

  /** The items of a list; one that is alone may stand without a list. */
  list(node: unknown, what: string): readonly unknown[] {
    const resolved = this.#document.resolved(node);
    if (isNothing(resolved)) return [];
    if (isSeq(resolved)) return resolved.items;
    if (isScalar(resolved)) return [resolved];
    this.error(node, `${what} must be a list, not ${shown(resolved)}`);
    return [];
  }

  /** A text, or a number or a word as it was written; `undefined` when there is nothing. */
  text(node: unknown, what: string): string | undefined {
    const resolved = this.#document.resolved(node);
    if (isNothing(resolved)) return undefined;
    if (!isScalar(resolved)) {
      this.error(node, `${what} must be a text, not ${shown(resolved)}`);
      return undefined;
    }
    const { value, source } = resolved;
    return typeof value === "string" ? value.trim() : source ?? String(value);
  }

  /** The texts of a list. */
  texts(node: unknown, what: string): string[] {
    return this.list(node, what).flatMap((item) => this.text(item, what) ?? []);
  }
}
