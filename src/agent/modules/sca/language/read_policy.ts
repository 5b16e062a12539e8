/**
 * Reads the text of a policy: YAML with `policy`, `requirements`, `variables` and `checks`.
 *
 * What is wrong with one part costs that part only: a rule that cannot be read makes its check not applicable, as everywhere where such
 * policies are known.
 *
 * @module
 */

import { isMap, type Pair } from "yaml";
import { YamlDocument } from "../../../../shared/config/yaml_document.ts";
import { PolicyNodes, positionOf } from "./nodes.ts";
import {
  type Condition,
  CONDITIONS,
  MITRE_KINDS,
  type MitreReference,
  type Policy,
  type PolicyCheck,
  type ReadPolicy,
  type Requirements,
  type Ruling,
  type WrittenRule,
} from "./policy.ts";
import { isRegistryRule, readRule } from "./rule.ts";
import { Variables } from "./variables.ts";

/** Larger ones are no policies. */
export const MAX_POLICY_BYTES = 8 * 1024 * 1024;

/** A policy of 200 checks with all that belongs to them has 70,000. */
const MOST_TOKENS = 500_000;

const SECTIONS = ["policy", "requirements", "variables", "checks"];
const REFERENCES = ["references", "reference", "referencces"];
const OF_POLICY = ["id", "name", "title", "file", "description", "regex_type", ...REFERENCES];
const OF_REQUIREMENTS = ["title", "name", "description", "condition", "rules"];
const OF_CHECK = [
  ...["id", "name", "title", "description", "rationale", "remediation", "impact"],
  ...["compliance", "mitre", "condition", "rules", "regex_type", ...REFERENCES],
];

/** How a policy is read. */
interface ReadOptions {
  /** Name of the file, for places. */
  file: string;
  /** Whether the machine has a registry. @default false */
  hasRegistry?: boolean;
}

/** Reads the text of a policy. Never throws. */
export function readPolicy(text: string, options: ReadOptions): ReadPolicy {
  return new PolicyReader(text, options).read();
}

class PolicyReader {
  readonly #document: YamlDocument;
  readonly #nodes: PolicyNodes;
  readonly #hasRegistry: boolean;
  #variables = new Variables(new Map());

  constructor(text: string, { file, hasRegistry = false }: ReadOptions) {
    // A byte order mark is no text.
    this.#document = new YamlDocument(text.replace(/^\ufeff/, ""), { source: "file", file }, {
      mostTokens: MOST_TOKENS,
    });
    this.#nodes = new PolicyNodes(this.#document);
    this.#hasRegistry = hasRegistry;
  }

  read(): ReadPolicy {
    const [broken] = this.#document.syntaxProblems();
    if (broken !== undefined) {
      const { text, place } = broken;
      return { problems: [{ severity: "error", ...positionOf(place), text }] };
    }
    const policy = this.#policy();
    const problems = this.#nodes.problems;
    return policy === undefined ? { problems } : { policy, problems };
  }

  #policy(): Policy | undefined {
    const nodes = this.#nodes;
    const sections = nodes.map(this.#document.root, "a policy");
    if (sections === undefined) {
      if (nodes.problems.length === 0) nodes.error(undefined, "there is no policy in it");
      return undefined;
    }
    nodes.knowOnly(sections, SECTIONS, "a policy");
    this.#variables = this.#readVariables(sections.get("variables")?.value);
    const head = this.#head(sections.get("policy"));
    if (head === undefined) return undefined;
    const requirements = this.#requirements(sections.get("requirements")?.value);
    const checks = this.#checks(sections.get("checks")?.value);
    if (checks.length === 0) nodes.error(sections.get("checks")?.key, "there are no checks in it");
    return { ...head, requirements, checks };
  }

  #head(
    pair: Pair | undefined,
  ): Pick<Policy, "id" | "name" | "description" | "references"> | undefined {
    const nodes = this.#nodes;
    const parts = nodes.map(pair?.value, '"policy"');
    const id = nodes.text(parts?.get("id")?.value, '"id"');
    if (parts === undefined || id === undefined || id === "") {
      nodes.error(pair?.key, 'it has no id: "policy" must be a map with "id"');
      return undefined;
    }
    nodes.knowOnly(parts, OF_POLICY, '"policy"');
    return {
      id,
      name: this.#text(parts, ["name", "title"]) ?? id,
      description: this.#text(parts, ["description"]) ?? null,
      references: this.#references(parts),
    };
  }

  #requirements(node: unknown): Requirements | undefined {
    const parts = this.#nodes.map(node, '"requirements"');
    if (parts === undefined) return undefined;
    this.#nodes.knowOnly(parts, OF_REQUIREMENTS, '"requirements"');
    const title = this.#text(parts, ["title", "name"]) ?? "requirements";
    return { title, ...this.#ruling(parts, { node, what: "the requirements" }) };
  }

  #checks(node: unknown): PolicyCheck[] {
    const checks = new Map<string, PolicyCheck>();
    for (const item of this.#nodes.list(node, '"checks"')) {
      const check = this.#check(item);
      if (check === undefined) continue;
      if (checks.has(check.id)) {
        this.#nodes.error(item, `a check with id ${check.id} stands before: this one is left out`);
      } else checks.set(check.id, check);
    }
    return [...checks.values()];
  }

  #check(node: unknown): PolicyCheck | undefined {
    const nodes = this.#nodes;
    const parts = nodes.map(node, "a check");
    if (parts === undefined) return undefined;
    const id = nodes.text(parts.get("id")?.value, '"id"');
    if (id === undefined || id === "") {
      nodes.error(node, 'a check has no "id": it is left out');
      return undefined;
    }
    nodes.knowOnly(parts, OF_CHECK, "a check");
    const name = this.#text(parts, ["name", "title"]);
    if (name === undefined) nodes.warn(node, `check ${id} has neither "name" nor "title"`);
    return {
      id,
      name: name ?? id,
      description: this.#text(parts, ["description"]) ?? null,
      rationale: this.#text(parts, ["rationale"]) ?? null,
      remediation: this.#text(parts, ["remediation"]) ?? null,
      references: this.#references(parts),
      compliance: this.#sections(parts.get("compliance")?.value, '"compliance"'),
      mitre: this.#mitre(parts.get("mitre")?.value),
      ...this.#ruling(parts, { node, what: `check ${id}` }),
    };
  }

  #text(parts: ReadonlyMap<string, Pair>, names: readonly string[]): string | undefined {
    for (const name of names) {
      const text = this.#nodes.text(parts.get(name)?.value, `"${name}"`);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  #references(parts: ReadonlyMap<string, Pair>): string[] {
    const name = REFERENCES.find((one) => parts.has(one)) ?? "references";
    return this.#nodes.texts(parts.get(name)?.value, `"${name}"`);
  }

  /** A list of maps, or one map, of a name and one or several texts. */
  #sections(node: unknown, what: string): Record<string, string[]> {
    const sections = new Map<string, string[]>();
    const items = this.#asItems(node);
    for (const item of items) {
      for (const [name, { value }] of this.#nodes.map(item, what) ?? []) {
        const known = sections.get(name) ?? [];
        sections.set(name, [...known, ...this.#nodes.texts(value, `"${name}"`)]);
      }
    }
    return Object.fromEntries(sections);
  }

  /** Ids and names of each kind, or ids alone. */
  #mitre(node: unknown): MitreReference[] {
    const nodes = this.#nodes;
    const kinds = nodes.map(node, '"mitre"');
    if (kinds === undefined) return [];
    nodes.knowOnly(kinds, MITRE_KINDS, '"mitre"');
    return MITRE_KINDS.flatMap((kind) => {
      const value = kinds.get(kind)?.value;
      if (value === undefined || value === null) return [];
      if (!isMap(this.#document.resolved(value))) {
        return [{ kind, ids: nodes.texts(value, `"${kind}"`), names: [] }];
      }
      const parts = nodes.map(value, `"${kind}"`);
      const texts = (name: string) => nodes.texts(parts?.get(name)?.value, `"${name}"`);
      return [{ kind, ids: texts("id"), names: texts("name") }];
    });
  }

  #asItems(node: unknown): readonly unknown[] {
    const resolved = this.#document.resolved(node);
    if (isMap(resolved)) return [resolved];
    return this.#nodes.list(node, '"compliance"');
  }

  #ruling(
    parts: ReadonlyMap<string, Pair>,
    { node, what }: { node: unknown; what: string },
  ): Ruling {
    const rules = this.#nodes.list(parts.get("rules")?.value, '"rules"');
    const written = rules.flatMap((rule) => this.#rule(rule));
    if (rules.length === 0) this.#nodes.error(node, `${what} has no rules`);
    else if (written.length === 0) this.#nodes.warn(node, `${what} has no rules for this system`);
    return { condition: this.#condition(parts.get("condition"), { node, what }), rules: written };
  }

  #condition(
    pair: Pair | undefined,
    { node, what }: { node: unknown; what: string },
  ): Condition | undefined {
    const text = this.#nodes.text(pair?.value, '"condition"');
    const known = CONDITIONS.find((one) => one === text?.toLowerCase());
    if (known === undefined) {
      const is = text === undefined ? "is missing" : `is ${JSON.stringify(text)}`;
      this.#nodes.error(
        pair?.key ?? node,
        `the condition of ${what} ${is}, must be one of ${CONDITIONS.join(", ")}`,
      );
    }
    return known;
  }

  /** Nothing for a rule that only another system has. */
  #rule(node: unknown): WrittenRule[] {
    const written = this.#nodes.text(node, "a rule");
    if (written === undefined) return [];
    const text = this.#variables.replace(written);
    if (!this.#hasRegistry && isRegistryRule(text)) return [];
    const { invalid, warnings } = readRule(text);
    if (invalid !== undefined) {
      this.#nodes.error(node, `the rule ${shortened(text)} is invalid: ${invalid}`);
    }
    for (const warning of warnings) {
      this.#nodes.warn(node, `in the rule ${shortened(text)}: ${warning}`);
    }
    return [{ text, ...this.#nodes.placeOf(node) }];
  }

  #readVariables(node: unknown): Variables {
    const values = new Map<string, string>();
    for (const [name, { key, value }] of this.#nodes.map(node, '"variables"') ?? []) {
      if (!/^\$[A-Za-z_]\w*$/.test(name)) {
        this.#nodes.error(key, `"${name}" is no name of a variable, such as "$sshd"`);
      } else values.set(name, this.#nodes.texts(value, `"${name}"`).join(","));
    }
    return new Variables(values);
  }
}

/** A rule within a message. */
function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= 120 ? text : `${characters.slice(0, 119).join("")}…`;
}
