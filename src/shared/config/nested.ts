/**
 * Values by dotted path as the nested objects that a schema checks.
 *
 * @module
 */

import type { Given } from "./given.ts";

/** The values of `given` below the keys of their paths. */
export function nested(given: ReadonlyMap<string, Given>): Record<string, unknown> {
  return below([...given.values()].map(({ path, value }) => [path, value] as const));
}

function below(values: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const groups = Map.groupBy(values, ([path]) => path.split(".", 1).join());
  return Object.fromEntries([...groups].map(([key, members]) => {
    const leaf = members.find(([path]) => path === key);
    const rest = members.map(([path, value]) => [path.slice(key.length + 1), value] as const);
    return [key, leaf === undefined ? below(rest) : leaf[1]];
  }));
}
