/**
 * Sets one option in the text of a configuration file and leaves everything else as its owner wrote it: comments, order, spacing.
 *
 * The option may be written nested, dotted or in flow style, or not at all; then its line is added to its section, and the section
 * to the file. The text is read again before and after: an edit that would change anything else is refused.
 *
 * @module
 */

import { isAlias, isMap, isScalar, type Pair, parseDocument, type YAMLMap } from "yaml";
import { isNothing, keyOf, nodeOf } from "./yaml_nodes.ts";

/** What replaces `text.slice(from, to)`. */
interface Patch {
  from: number;
  to: number;
  insert: string;
}

/** A value in its file: `undefined` for an option that is not there. */
type Values = ReadonlyMap<string, unknown>;

/**
 * `text` with the option at `path` set to `value`, a text in quotation marks where it needs them.
 *
 * @param read the values that a text gives, by path
 * @returns `undefined` when that cannot be done without changing something else
 */
export function setYamlOption(
  text: string,
  { path, value }: { path: string; value: boolean | string },
  read: (text: string) => Values,
): string | undefined {
  const before = read(text);
  if (before.get(path) === value) return text;
  const { from, to, insert } = findPatch(text, path, written(value));
  const edited = text.slice(0, from) + insert + text.slice(to);
  return isOnlyChange(before, read(edited), { path, value }) ? edited : undefined;
}

/** A text that nothing in YAML, nor in the values of options, would read otherwise stands as it is. */
function written(value: boolean | string): string {
  if (typeof value === "boolean") return String(value);
  const isPlain = /^(?:https:\/\/|\/)[\w.\/:-]*$/.test(value) && !value.endsWith(":");
  return isPlain ? value : JSON.stringify(value.replaceAll("${", () => "$${"));
}

function isOnlyChange(
  before: Values,
  after: Values,
  { path, value }: { path: string; value: boolean | string },
): boolean {
  const others = (values: Values) =>
    JSON.stringify([...values].filter(([key]) => key !== path).sort());
  return after.get(path) === value && others(before) === others(after);
}

function findPatch(text: string, path: string, value: string): Patch {
  const root = parseDocument(text, { uniqueKeys: false, logLevel: "silent" }).contents;
  const style = { newline: text.includes("\r\n") ? "\r\n" : "\n", value };
  if (!isMap(root)) return appended(text, { path, indent: "", isDotted: false, ...style });
  const place = locate(root, path);
  if (place !== undefined && place.rest === "") return replaced(text, place, value);
  const inserted = place && insertedInSection(text, place, style);
  if (inserted !== undefined) return inserted;
  if (root.flow) return intoBraces(text, root, `${path}: ${value}`);
  const section = path.slice(0, path.indexOf(".") + 1);
  // A section that is there and takes no line, such as an alias, is gone on with in dotted form.
  const isDotted = place !== undefined ||
    root.items.some((pair) => keyOf(pair).startsWith(section));
  return appended(text, { path, indent: indentOf(text, root), isDotted, ...style });
}

/** A pair on the way to an option, and what of the path lies below it. */
interface PathPlace {
  pair: Pair;
  rest: string;
  inFlow: boolean;
}

/** The pair of the option itself, or of the section nearest to it. */
function locate(map: YAMLMap, path: string): PathPlace | undefined {
  const inFlow = map.flow ?? false;
  let nearest: PathPlace | undefined;
  for (const pair of map.items) {
    const key = keyOf(pair);
    if (key === path) return { pair, rest: "", inFlow };
    if (!path.startsWith(`${key}.`)) continue;
    const rest = path.slice(key.length + 1);
    const below = isMap(pair.value) ? locate(pair.value, rest) : undefined;
    if (below?.rest === "") return below;
    nearest ??= below ?? { pair, rest, inFlow };
  }
  return nearest;
}

function replaced(text: string, { pair }: PathPlace, value: string): Patch {
  const range = nodeOf(pair.value)?.range;
  const isWritten = range && range[1] > range[0] && (isScalar(pair.value) || isAlias(pair.value));
  if (isWritten) return { from: range[0], to: range[1], insert: value };
  return behindColon(text, pair, ` ${value}`);
}

interface Style {
  newline: string;
  value: string;
}

function insertedInSection(
  text: string,
  { pair, rest, inFlow }: PathPlace,
  { newline, value }: Style,
): Patch | undefined {
  const entry = `${rest}: ${value}`;
  const node = pair.value;
  if (isMap(node)) {
    if (node.flow) return intoBraces(text, node, entry);
    return belowKey(text, pair, `${newline}${indentOf(text, node)}${entry}`);
  }
  if (!isNothing(node)) return undefined;
  const range = nodeOf(node)?.range;
  if (range && range[1] > range[0]) return { from: range[0], to: range[1], insert: `{ ${entry} }` };
  if (inFlow) return behindColon(text, pair, ` { ${entry} }`);
  const indent = `${lineStart(text, startOf(pair))}  `;
  return belowKey(text, pair, `${newline}${indent}${entry}`);
}

/** Adds a first entry to a map in braces. */
function intoBraces(text: string, map: YAMLMap, entry: string): Patch {
  const from = (map.range?.[0] ?? 0) + 1;
  const space = /\s/.test(text[from] ?? "") ? " " : "";
  if (map.items.length === 0) return { from, to: from, insert: `${space}${entry}` };
  return { from, to: from, insert: space === "" ? `${entry}, ` : `${space}${entry},` };
}

function behindColon(text: string, pair: Pair, insert: string): Patch {
  const end = nodeOf(pair.key)?.range?.[1] ?? 0;
  const colon = /^\s*:/.exec(text.slice(end))?.[0];
  const at = end + (colon?.length ?? 0);
  return { from: at, to: at, insert: colon === undefined ? `:${insert}` : insert };
}

/** Behind the line of a key, and so above the comments of the first entry. */
function belowKey(text: string, pair: Pair, insert: string): Patch {
  const rest = /^[^\r\n]*/.exec(text.slice(startOf(pair)))?.[0] ?? "";
  const at = startOf(pair) + rest.length;
  return { from: at, to: at, insert };
}

function appended(
  text: string,
  { path, indent, isDotted, newline, value }: Style & {
    path: string;
    indent: string;
    isDotted: boolean;
  },
): Patch {
  const [section = "", ...names] = path.split(".");
  const lines = isDotted
    ? [`${indent}${path}: ${value}`]
    : [`${indent}${section}:`, `${indent}  ${names.join(".")}: ${value}`];
  // What ends a document stays behind its last line.
  const from = /^\.\.\.\s*$/m.exec(text)?.index ?? text.length;
  const before = text.slice(0, from);
  const gap = before === "" || before.endsWith("\n") ? "" : newline;
  return { from, to: from, insert: gap + lines.map((line) => line + newline).join("") };
}

function indentOf(text: string, map: YAMLMap): string {
  const [first] = map.items;
  return first === undefined ? "" : lineStart(text, startOf(first));
}

/** The spaces in front of what stands at `offset`. */
function lineStart(text: string, offset: number): string {
  return /[ ]*$/.exec(text.slice(0, offset))?.[0] ?? "";
}

function startOf(pair: Pair): number {
  return nodeOf(pair.key)?.range?.[0] ?? 0;
}
