/**
 * Relative paths become absolute: in the file they start from the file's folder, in the environment
 * and in flags from the current folder. In a group's file there must be none.
 *
 * @module
 */

import type { Given, SubPath } from "./given.ts";
import type { Option } from "./options.ts";
import { pathRules, type Platform } from "./platform.ts";

/** `given` with the paths in its value made absolute by the rules of `platform`. */
export function withAbsolutePaths(
  given: Given,
  { options, platform, folder }: {
    options: ReadonlyMap<string, Option>;
    platform: Platform;
    folder: string;
  },
): Given {
  const kind = options.get(given.path)?.kind;
  if (kind !== "path" && kind !== "localfiles") return given;
  if (given.place.source === "shared") return given;
  const { dirname, isAbsolute, resolve } = pathRules(platform);
  const base = given.place.source === "file" ? resolve(folder, dirname(given.place.file)) : folder;
  const absolute = (path: string) => path === "" || isAbsolute(path) ? path : resolve(base, path);
  return { ...given, value: everyText(given.value, absolute) };
}

/** Where in the value of a `localfiles` option a path is not absolute. */
export function relativePaths(value: unknown, platform: Platform): SubPath[] {
  if (typeof value === "string") return pathRules(platform).isAbsolute(value) ? [] : [[]];
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, member]) =>
    relativePaths(member, platform).map((below) => [key, ...below])
  );
}

/** `value` with `change` done to each text in its lists and maps. */
function everyText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => everyText(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, everyText(member, change)]),
  );
}
