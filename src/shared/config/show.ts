/**
 * The effective configuration as YAML that can be loaded again, and as JSON.
 *
 * @module
 */

import { Document, isCollection, isScalar } from "yaml";
import * as z from "zod";
import type { OptionKind } from "./fields.ts";
import { entryOf, membersOf } from "./forms.ts";
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
  for (const { path, schema } of options.values()) {
    const keys = path.split(".");
    document.setIn(keys, document.createNode(written(schema, shownAt(config, keys)) ?? null));
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

/** A value as it is written in the file, also within lists and maps: durations and sizes have their units. */
function written(schema: unknown, value: unknown): unknown {
  const kind = schema instanceof z.ZodType ? schema.meta()?.kind : undefined;
  if (value === undefined) return undefined;
  if (kind === "duration") return formatDuration(Number(value));
  if (kind === "size") return formatSize(Number(value));
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map((entry) => written(entryOf(schema), entry));
  if (typeof value !== "object" || value === null) return value;
  const members = membersOf(schema);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, written(members[key], member)]),
  );
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
