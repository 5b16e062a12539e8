/**
 * Options given by a YAML file, each with the line and column it stands at.
 *
 * Nested keys may be written dotted at any depth: `agent.path.data: x`, `agent: {path.data: x}` and
 * `agent: {path: {data: x}}` are the same. A key without a value is the same as no key.
 *
 * @module
 */

import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { type Environment, expand } from "./expand.ts";
import { type Given, notShown, type Place, type Problem } from "./given.ts";
import { type Option, sectionPaths } from "./options.ts";
import { nearest } from "./suggest.ts";
import { nativeValue } from "./text_source.ts";
import { MAX_ALIASES, type Origin, YamlDocument } from "./yaml_document.ts";
import { isNothing, keyOf, nodeOf, shown } from "./yaml_nodes.ts";

/** What a file gave, and what is wrong with it. */
export interface YamlReading {
  given: Given[];
  problems: Problem[];
  /** What is left out, and no fault. */
  warnings?: Problem[];
}

/** Reads `text`, the content of the configuration file `origin`. */
export function givenByYaml(
  text: string,
  { origin, env, options, foreignSections = false }: {
    origin: Origin;
    /** The variables that `${NAME}` may name; `undefined` when it may name none. */
    env: Environment | undefined;
    options: ReadonlyMap<string, Option>;
    /** True: top-level sections that are unknown are for other programs, and left out. @default false */
    foreignSections?: boolean;
  },
): YamlReading {
  const document = new YamlDocument(text, origin);
  const problems = document.syntaxProblems()
    .map(({ place, text }) => ({ path: "", place, text: `not valid YAML: ${text}` }));
  if (problems.length > 0) return { given: [], problems };
  return new YamlReader(document, { env, options, foreignSections }).read();
}

class YamlReader {
  readonly #document: YamlDocument;
  readonly #env: Environment | undefined;
  readonly #options: ReadonlyMap<string, Option>;
  readonly #sections: ReadonlySet<string>;
  readonly #given = new Map<string, Given>();
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];
  readonly #foreignSections: boolean;
  #aliases = 0;

  constructor(
    document: YamlDocument,
    { env, options, foreignSections }: {
      env: Environment | undefined;
      options: ReadonlyMap<string, Option>;
      foreignSections: boolean;
    },
  ) {
    this.#foreignSections = foreignSections;
    this.#document = document;
    this.#env = env;
    this.#options = options;
    this.#sections = sectionPaths(options);
  }

  read(): YamlReading {
    if (this.#document.root !== null) this.#readSection(this.#document.root, "");
    return {
      given: [...this.#given.values()],
      problems: this.#problems,
      warnings: this.#warnings,
    };
  }

  #readSection(node: Node, section: string): void {
    const map = this.#document.resolved(node);
    if (isNothing(map)) return;
    if (!isMap(map)) {
      const name = section === "" ? "the configuration" : section;
      this.#problem(section, node, `${name} is ${shown(map)}, must be a map of options`);
      return;
    }
    this.#checkRepeatedKeys(map, section);
    for (const pair of map.items) this.#readPair(pair, below(section, pair));
  }

  #readPair(pair: Pair, path: string): void {
    const value = nodeOf(pair.value);
    const option = this.#options.get(path);
    if (option !== undefined) {
      if (value !== undefined) this.#readOption(option, value, pair);
    } else if (this.#sections.has(path)) {
      if (value !== undefined) this.#readSection(value, path);
    } else if (this.#isForeign(path)) {
      const place = this.#document.place(pair.key as Node);
      const text = `${path} is not a section of this agent${this.#suggestion(path)}, and left out`;
      this.#warnings.push({ path, place, text });
    } else {
      this.#problem(path, pair.key, `${path} is not an option${this.#suggestion(path)}`);
    }
  }

  #isForeign(path: string): boolean {
    const [top = ""] = path.split(".");
    return this.#foreignSections && !this.#sections.has(top);
  }

  #readOption(option: Option, node: Node, pair: Pair): void {
    if (isNothing(this.#document.resolved(node))) return;
    const { path } = option;
    const earlier = this.#given.get(path);
    if (earlier !== undefined) return this.#repeated(path, pair, earlier.place);
    const value = this.#valueOf(node, option);
    if (this.#aliases > MAX_ALIASES) return;
    this.#given.set(path, {
      path,
      value,
      place: this.#document.place(node),
      shown: (subPath) => this.#shown(this.#document.partAt(node, subPath)),
      placeOf: (subPath, what) => this.#document.placeBelow(node, subPath, what),
    });
  }

  #valueOf(node: unknown, option: Option): unknown {
    if (isAlias(node) && ++this.#aliases > MAX_ALIASES) return this.#tooManyAliases(node, option);
    const target = this.#document.resolved(node);
    if (isSeq(target)) return target.items.map((item) => this.#valueOf(item, option));
    if (isMap(target)) {
      this.#checkRepeatedKeys(target, option.path);
      return Object.fromEntries(
        target.items.map((pair) => [keyOf(pair), this.#valueOf(pair.value, option)]),
      );
    }
    return isScalar(target) ? this.#scalarValue(target, option) : null;
  }

  #scalarValue(node: Scalar, { kind, path }: Option): unknown {
    if (typeof node.value !== "string") return node.value;
    const result = expand(node.value, this.#env);
    if ("text" in result) return result.expanded ? nativeValue(kind, result.text) : result.text;
    this.#problem(path, node, `${path} is ${shown(node)}, ${result.problem}`);
    return node.value;
  }

  #shown(node: unknown): string | undefined {
    const text = shown(node);
    if (text === undefined || !isScalar(node) || typeof node.value !== "string") return text;
    const result = expand(node.value, this.#env);
    return "text" in result && result.expanded ? notShown(text) : text;
  }

  #tooManyAliases(alias: Alias, { path }: Option): void {
    if (this.#aliases > MAX_ALIASES + 1) return;
    this.#problem(path, alias, `${path} has more than ${MAX_ALIASES} aliases`);
  }

  #checkRepeatedKeys(map: YAMLMap, section: string): void {
    const first = new Map<string, Pair>();
    for (const pair of map.items) {
      const path = below(section, pair);
      const earlier = first.get(path);
      if (earlier === undefined) first.set(path, pair);
      else this.#repeated(path, pair, this.#document.place(nodeOf(earlier.key)));
    }
  }

  #repeated(path: string, pair: Pair, earlier: Place): void {
    const line = "line" in earlier ? `, first in line ${earlier.line}` : "";
    this.#problem(path, pair.key, `${path} is given twice${line}`);
  }

  #suggestion(path: string): string {
    const known = [...this.#options.keys(), ...this.#sections];
    const name = nearest(lastOf(path), known.map(lastOf));
    const meant = nearest(path, known) ?? known.find((option) => lastOf(option) === name);
    return meant === undefined ? "" : `, did you mean ${meant}?`;
  }

  #problem(path: string, node: unknown, text: string): void {
    this.#problems.push({ path, place: this.#document.place(nodeOf(node)), text });
  }
}

function below(section: string, pair: Pair): string {
  return section === "" ? keyOf(pair) : `${section}.${keyOf(pair)}`;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
