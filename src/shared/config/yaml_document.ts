/**
 * A YAML text with the line and column of every part; with its parts counted before it is parsed,
 * and its aliases before they are followed, so that a few lines cannot unfold to gigabytes.
 *
 * @module
 */

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isSeq,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { Place, SubPath } from "./given.ts";
import { keyOf, nodeOf } from "./yaml_nodes.ts";
import { excessOffset, MAX_TOKENS } from "./yaml_size.ts";

/** Most uses of aliases in one file, also while they are followed. */
export const MAX_ALIASES = 100;

/** Something that makes a text unreadable as YAML. */
interface SyntaxProblem {
  place: Place;
  text: string;
}

/** The file that a text is the content of: one of this machine, or one for a group. */
export interface Origin {
  source: "file" | "shared";
  file: string;
}

interface Found {
  key?: unknown;
  value: unknown;
}

/** A parsed text. Unless {@linkcode syntaxProblems} is empty the rest means nothing. */
export class YamlDocument {
  readonly #origin: Origin;
  readonly #lineStarts: readonly number[];
  readonly #document: Document.Parsed;
  /** What each alias stands for: finding it takes a walk through the document. */
  readonly #targets = new Map<Alias, Node | undefined>();
  readonly #tooMuch: SyntaxProblem | undefined;

  /** @param options.mostTokens so much may be in it. @default {@linkcode MAX_TOKENS} */
  constructor(
    text: string,
    origin: Origin,
    { mostTokens = MAX_TOKENS }: { mostTokens?: number } = {},
  ) {
    this.#origin = origin;
    this.#lineStarts = lineStartsOf(text);
    const excess = excessOffset(text, mostTokens);
    this.#tooMuch = excess === undefined ? undefined : {
      place: this.#placeAt(excess),
      text: `more than ${mostTokens} words and signs`,
    };
    this.#document = parseDocument(excess === undefined ? text : "", {
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "error",
    });
  }

  /** The outermost node, or `null` when the text is empty. */
  get root(): Node | null {
    return this.#document.contents;
  }

  /** Whatever is wrong with the text as YAML. */
  syntaxProblems(): SyntaxProblem[] {
    if (this.#tooMuch) return [this.#tooMuch];
    const { errors, warnings } = this.#document;
    const found = [...errors, ...warnings].map((error) => ({
      place: this.#placeAt(error.pos[0]),
      text: inOwnWords(error),
    }));
    return [...found, ...this.#aliasProblems()];
  }

  #aliasProblems(): SyntaxProblem[] {
    const aliases: Alias[] = [];
    visit(this.#document, { Alias: (_, alias) => void aliases.push(alias) });
    const beyond = aliases[MAX_ALIASES];
    if (beyond !== undefined) {
      return [{ place: this.place(beyond), text: `more than ${MAX_ALIASES} aliases` }];
    }
    return aliases.filter((alias) => this.resolved(alias) === undefined)
      .map((alias) => ({
        place: this.place(alias),
        text: `alias *${alias.source} has no anchor before it`,
      }));
  }

  /** The node that an alias stands for; any other node is itself. */
  resolved(node: unknown): unknown {
    if (!isAlias(node)) return node;
    if (!this.#targets.has(node)) this.#targets.set(node, node.resolve(this.#document));
    return this.#targets.get(node);
  }

  /** The part at `subPath` below `root`. */
  partAt(root: Node, subPath: SubPath): unknown {
    return this.#find(root, subPath)?.value;
  }

  /**
   * Where the part at `subPath` below `root`, or its key, is written; the nearest part around it
   * when it is missing.
   */
  placeBelow(root: Node, subPath: SubPath, what: "key" | "value"): Place {
    const found = this.#find(root, subPath);
    const key = nodeOf(found?.key);
    const node = what === "key" ? key : nodeOf(found?.value) ?? key;
    if (node?.range) return this.place(node);
    if (subPath.length === 0) return this.place(root);
    return this.placeBelow(root, subPath.slice(0, -1), "value");
  }

  /** Where `node` begins. */
  place(node: Node | undefined): Place {
    return this.#placeAt(node?.range?.[0] ?? 0);
  }

  #find(root: Node, subPath: SubPath): Found | undefined {
    let found: Found | undefined = { value: root };
    for (const step of subPath) {
      const node = this.resolved(found?.value);
      if (isMap(node)) found = node.items.find((pair) => keyOf(pair) === step);
      else if (isSeq(node)) found = { value: node.items[Number(step)] };
      else return undefined;
    }
    return found && { key: found.key, value: this.resolved(found.value) };
  }

  #placeAt(offset: number): Place {
    const line = lineOf(offset, this.#lineStarts);
    return { ...this.#origin, line, column: offset - (this.#lineStarts[line - 1] ?? 0) + 1 };
  }
}

/** The parser's own counter misses lines after some errors: in a scalar whose head is wrong it does not see the first end of line. */
function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) {
    starts.push(end + 1);
  }
  return starts;
}

/** The line, counted from 1, in which `offset` lies. */
function lineOf(offset: number, starts: readonly number[]): number {
  let [first, last] = [0, starts.length - 1];
  while (first < last) {
    const middle = Math.ceil((first + last) / 2);
    if ((starts[middle] ?? 0) <= offset) first = middle;
    else last = middle - 1;
  }
  return first + 1;
}

/** Some of the parser's messages are meant for its callers, not for who writes the file. */
function inOwnWords({ code, message }: YAMLError): string {
  if (code === "MULTIPLE_DOCS") return "a second document begins here";
  if (code === "BAD_DQ_ESCAPE") {
    const [escape = ""] = /\\./.exec(message) ?? [];
    return `${escape} means nothing in double quotes; put a path with backslashes in single quotes`;
  }
  if (/call stack/i.test(message)) return "nested too deeply";
  return message.replace(/\s+/g, " ").trim();
}
