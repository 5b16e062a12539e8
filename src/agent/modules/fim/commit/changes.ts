/**
 * Makes differences durable: documents, events that tell people, and texts, together.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../../shared/clock.ts";
import { readPath } from "../../../platform/raw_path.ts";
import { contentChanges, textIn } from "../diff/content_changes.ts";
import { TextTable } from "../diff/text_table.ts";
import { type FileDocument, unpackDocument } from "../record/document.ts";
import type { PathRules } from "../rules/path_rules.ts";
import type { Difference } from "../scan/comparison.ts";
import type { StateKeeper } from "../../states.ts";
import type { Actor } from "../tell/actor.ts";
import { encodeChange } from "../tell/change_event.ts";
import type { News } from "../tell/news.ts";

/** The collector whose documents these are. */
export const COLLECTOR = "file";

/** What is known of changes beside what differs. */
interface ChangeFacts {
  /** Who changed a path. @default nobody knows */
  actorOf?: (path: string) => Actor | undefined;
  /** New path to the one that it was renamed from. @default none was */
  renames?: ReadonlyMap<string, string>;
}

interface CommitDeps {
  states: StateKeeper;
  clock: Clock;
  rules: PathRules;
  news: News;
}

/** What is handed to the states, made of differences. */
export class Changes {
  readonly #deps: CommitDeps;
  readonly #facts: ChangeFacts;
  readonly #leftNames: ReadonlySet<string>;
  /** Texts are compared anywhere. */
  readonly #hasTexts: boolean;
  /** By path: texts that were read, `undefined` for what has none any more. */
  readonly #texts = new Map<string, Uint8Array | undefined>();
  /** By path: what changed in its text. */
  readonly #contents = new Map<string, string>();
  /** Creates less deletes. */
  #growth = 0;

  constructor(deps: CommitDeps, facts: ChangeFacts = {}) {
    this.#deps = deps;
    this.#facts = facts;
    this.#hasTexts = deps.rules.options.directories.some(({ diff }) => diff);
    this.#leftNames = new Set(facts.renames?.values());
  }

  /** How many more things are known by what was committed. */
  get growth(): number {
    return this.#growth;
  }

  /** What follows is committed together, and what came before has been. */
  beginBatch(): void {
    this.#texts.clear();
    this.#contents.clear();
  }

  /** The thing that a difference says there is. */
  itemOf({ path, data, text }: Extract<Difference, { kind: "put" }>) {
    if (this.#wantsTexts(path)) this.#texts.set(path, text);
    const bytes = path.includes("\\") ? readPath(path) : path;
    return {
      key: path,
      id: this.#deps.states.documentId(bytes),
      document: unpackDocument(path, data),
      data,
    };
  }

  /** A difference as the states take it. */
  changeOf(difference: Difference) {
    if (difference.kind === "put") return { item: this.itemOf(difference) };
    if (this.#wantsTexts(difference.path)) this.#texts.set(difference.path, undefined);
    return { gone: difference.path };
  }

  /** What is committed together with the changes. */
  context(signal: AbortSignal) {
    return {
      signal,
      tell: (transition: Transition) => this.#tell(transition),
      write: (database: DatabaseSync) => this.#keepTexts(database),
    };
  }

  #wantsTexts(path: string): boolean {
    return this.#hasTexts && (this.#deps.rules.of(path)?.directory.options.diff ?? false);
  }

  #keepTexts(database: DatabaseSync): void {
    if (this.#texts.size === 0) return;
    const table = new TextTable(database);
    for (const [path, bytes] of this.#texts) {
      const after = bytes && textIn(bytes);
      if (after === undefined) {
        table.remove(path);
        continue;
      }
      const before = table.get(path);
      if (before === after) continue;
      const changes = before === undefined ? undefined : contentChanges(before, after);
      if (changes !== undefined) this.#contents.set(path, changes);
      table.put(path, after);
    }
  }

  #tell({ operation, key: path, before, after }: Transition): string | undefined {
    if (operation !== "update") this.#growth += operation === "create" ? 1 : -1;
    const { news, rules, clock } = this.#deps;
    const renamedFrom = operation === "create" ? this.#facts.renames?.get(path) : undefined;
    if (operation === "delete" && this.#leftNames.has(path)) return undefined;
    if (!news.is(operation, path)) return undefined;
    return encodeChange({
      path,
      before: before && fileIn(JSON.parse(before.data)),
      after: after && fileIn(after),
      renamedFrom,
      actor: this.#facts.actorOf?.(path),
      contentChanges: this.#contents.get(path),
      tags: rules.of(path)?.directory.options.tags ?? [],
      atMs: clock.now(),
    });
  }
}

/** A change that is about to be committed, as the states tell of it. */
interface Transition {
  operation: "create" | "update" | "delete";
  key: string;
  before?: { data: string };
  after?: Readonly<Record<string, unknown>>;
}

function fileIn(document: Readonly<Record<string, unknown>>): FileDocument {
  return document.file as FileDocument;
}
