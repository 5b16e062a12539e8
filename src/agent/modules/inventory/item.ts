/**
 * How a collector's facts become documents with keys and ids.
 *
 * @module
 */

import type { Machine } from "./machine.ts";

/** Which documents the server takes. */
export type Schema = "6.0" | "5.0";

/** A document before it has its id. */
export interface InventoryItem {
  /** What tells it from others of its collector. */
  key: string;
  /** Behind the owner's part of the id, by schema: parts that are joined by `:`. */
  idParts: readonly (string | number)[];
  document: Readonly<Record<string, unknown>>;
}

/** What a collector found. */
export interface Findings {
  items: InventoryItem[];
  /** Why these are not all: one line for each source that failed. */
  problems: readonly string[];
  /** What was read, by identity: as long as it stays the same, the items do. */
  identity?: string | undefined;
}

/** What a collector looks with. */
export interface CollectContext {
  machine: Machine;
  schema: Schema;
  signal: AbortSignal;
  nowMs: number;
}

/** One kind of documents. */
export interface InventoryCollector {
  readonly name: CollectorName;
  /** The schemas that have it. */
  readonly schemas: readonly Schema[];
  /** How people are told of changes; see `tell.ts`. */
  readonly subject: Subject;
  /** What the next {@linkcode InventoryCollector.collect} would read, cheaply; left out or `undefined` when only reading tells. */
  identify?(context: CollectContext): string | undefined;
  collect(context: CollectContext): Findings | Promise<Findings>;
}

/** Words of the stateless events of a collector. */
export interface Subject {
  /** `event.category`. */
  category: string;
  /** `event.action` and `event.type` by operation; an operation without is not told. */
  create?: readonly [action: string, type: string];
  update?: readonly [action: string, type: string];
  delete?: readonly [action: string, type: string];
  /** The member of the document that `previous` goes into. */
  member: string;
  /** What it is, for `event.reason`, such as `Package nginx (version 1.2)`. */
  describe(document: Readonly<Record<string, unknown>>): string;
}

/** The collectors of both schemas. */
export const COLLECTOR_NAMES = [
  "system",
  "hardware",
  "packages",
  "hotfixes",
  "networks",
  "ports",
  "processes",
  "users",
  "groups",
  "services",
  "interfaces",
  "protocols",
  "browser_extensions",
] as const;

/** One of {@linkcode COLLECTOR_NAMES}. */
export type CollectorName = (typeof COLLECTOR_NAMES)[number];

/** A text that is another one for other parts, whatever characters are in them. */
export function keyOf(...parts: readonly (string | number)[]): string {
  return parts.map((part) => String(part).replace(/[%:]/g, encodeURIComponent)).join(":");
}

/** What is not known is `null` in a document: it has all members of its schema. */
export function orNull<T>(value: T | undefined): T | null {
  return value ?? null;
}
