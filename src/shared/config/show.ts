/**
 * The effective configuration as YAML that can be loaded again, and as JSON.
 *
 * @module
 */

import { Document, isCollection, isScalar } from "yaml";
import type { OptionKind } from "./fields.ts";
import { placeText, withoutUser } from "./given.ts";
import type { Loaded } from "./loaded.ts";
import type { Option } from "./options.ts";
import { formatDuration, formatSize } from "./units.ts";

/** YAML text with the source of each value behind it. */
export function configAsYaml(
  { config, places }: Loaded<object>,
  options: ReadonlyMap<string, Option>,
): string {
  const document = new Document({});
  for (const { path, kind } of options.values()) {
    const keys = path.split(".");
    document.setIn(keys, document.createNode(written(kind, shownAt(config, keys)) ?? null));
    const node = document.getIn(keys, true);
    const comment = ` ${sourceOf(places, path)}`;
    if (isScalar(node)) node.comment = comment;
    else if (isCollection(node)) {
      node[node.items.length > 0 ? "commentBefore" : "comment"] = comment;
    }
  }
  return document.toString({ lineWidth: 0, nullStr: "" });
}

/**
 * The same for programs: `schema` is 1 as long as nothing changes its meaning, `value` is in the
 * `unit` (`ms` or `bytes`) when there is one, and `null` when an option has no value.
 */
export function configAsJson(
  { config, file, places, warnings }: Loaded<object>,
  options: ReadonlyMap<string, Option>,
): object {
  const shown = [...options.values()].map(({ path, kind }) => {
    const place = places.get(path) ?? { source: "default" };
    const value = shownAt(config, path.split(".")) ?? null;
    const at = place.source === "default" ? {} : { at: placeText(place) };
    return [path, { value, ...unitOf(kind), source: place.source, ...at }];
  });
  return { schema: 1, file: file ?? null, options: Object.fromEntries(shown), warnings };
}

function sourceOf(places: Loaded<object>["places"], path: string): string {
  return placeText(places.get(path) ?? { source: "default" });
}

function unitOf(kind: OptionKind): { unit?: string } {
  if (kind === "duration") return { unit: "ms" };
  return kind === "size" ? { unit: "bytes" } : {};
}

/** A value as it is written in the file. */
function written(kind: OptionKind, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (kind === "duration") return formatDuration(Number(value));
  if (kind === "size") return formatSize(Number(value));
  return escaped(value);
}

function escaped(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escaped(member)]));
}

/** The value of an option, without what nobody may read. */
function shownAt(config: unknown, keys: readonly string[]): unknown {
  const value = valueAt(config, keys);
  return typeof value === "string" ? withoutUser(value) : value;
}

function valueAt(config: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    config,
  );
}
