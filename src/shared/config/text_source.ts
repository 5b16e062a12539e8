/**
 * Options given as plain text: by environment variables and by flags.
 *
 * @module
 */

import { parse } from "yaml";
import type { Environment } from "./expand.ts";
import type { OptionKind } from "./fields.ts";
import { type Given, notShown, type Place, quoted } from "./given.ts";
import type { Option } from "./options.ts";
import { editDistance } from "./suggest.ts";
import { excessOffset } from "./yaml_size.ts";

/** A value that a command's flag gives to an option. */
export interface FlagValue {
  /** Path of the option, such as `agent.ca_cert`. */
  path: string;
  /** The flag as the user writes it, such as `--ca-cert`. */
  flag: string;
  value: string;
}

const WRITTEN_AS_JSON: readonly OptionKind[] = ["count", "boolean"];

/**
 * The native value of a text: a number, truth value or list where the option is one, else the text
 * itself. Texts in a list have commas between them; other lists are written as YAML, which JSON is too.
 */
export function nativeValue(kind: OptionKind, text: string): unknown {
  if (kind === "texts") return text.split(",").map((part) => part.trim());
  if (kind === "list") return yamlValue(text);
  if (!WRITTEN_AS_JSON.includes(kind)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What cannot be read stays a text, which is no list: the check says so. */
function yamlValue(text: string): unknown {
  if (excessOffset(text) !== undefined) return text;
  try {
    // A few words with aliases in them could unfold to gigabytes.
    return parse(text, { maxAliasCount: 0, logLevel: "error" });
  } catch {
    return text;
  }
}

/** The options that environment variables give. An empty variable gives nothing. */
export function givenByEnvironment(env: Environment, options: ReadonlyMap<string, Option>) {
  const given: Given[] = [];
  for (const option of options.values()) {
    const text = env[option.envName];
    if (text === undefined || text === "") continue;
    const place: Place = { source: "environment", variable: option.envName };
    given.push(plain(option, { text, place, shown: notShown(`"\${${option.envName}}"`) }));
  }
  return given;
}

/**
 * The options that flags give.
 *
 * @throws TypeError when a flag names an option that does not exist
 */
export function givenByFlags(flags: readonly FlagValue[], options: ReadonlyMap<string, Option>) {
  return flags.map(({ path, flag, value }) => {
    const option = options.get(path);
    if (option === undefined) throw new TypeError(`Flag "${flag}" names no option: "${path}"`);
    return plain(option, { text: value, place: { source: "flag", flag }, shown: quoted(value) });
  });
}

/**
 * Warnings about variables that begin as those of options do and are none: always about one that is nearly an option or
 * names a section of them, and with `all` about the others too. Other programs have variables with the same prefix, so that one is never an error.
 */
export function unknownVariables(
  env: Environment,
  options: ReadonlyMap<string, Option>,
  { prefix, reserved = [], file = "", all = false }: {
    /** What the names of all variables of options begin with, such as `AGENT_`. */
    prefix: string;
    /** Variables with that prefix that mean something else. */
    reserved?: readonly string[];
    /** Text of the configuration file: a variable whose value it takes has a use. @default none */
    file?: string | undefined;
    /** @default false */
    all?: boolean;
  },
): string[] {
  const known = [...options.values()].map((option) => option.envName);
  const unknown = Object.keys(env).filter((name) =>
    name.startsWith(prefix) && !known.includes(name) && !reserved.includes(name) &&
    !file.includes(`\${${name}}`)
  );
  const said = unknown.map((name) => {
    // The path of an option may begin with the word of the prefix.
    const meant = known.find((option) => name === prefix + option) ??
      known.find((option) => editDistance(name, option, 2) <= 2);
    return { name, meant };
  });
  const misspelled = said.filter(({ meant }) => meant !== undefined);
  const sections = new Set([...options.keys()].map((path) => path.split(".")[0] ?? ""));
  const inSection = (name: string) =>
    [...sections].some((section) => name.startsWith(`${prefix}${section.toUpperCase()}_`));
  const strange = said.filter(({ meant, name }) => meant === undefined && (all || inSection(name)))
    .map(({ name }) => name);
  return [
    ...misspelled.map(({ name, meant }) =>
      `Environment variable ${name} is no option, did you mean ${meant}?`
    ),
    // One line: a build system may set dozens of its own.
    ...strange.length === 0
      ? []
      : [`Environment variable ${strange.join(", ")} is no option, and has no effect`],
  ];
}

function plain(
  option: Option,
  { text, place, shown }: { text: string; place: Place; shown: string },
): Given {
  return {
    path: option.path,
    value: nativeValue(option.kind, text),
    place,
    shown: () => shown,
    placeOf: () => place,
  };
}
