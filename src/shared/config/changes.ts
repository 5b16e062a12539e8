/**
 * What differs between two configurations, option by option.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Option } from "./options.ts";

/** The options whose values differ, in the order of `options`. */
export function changedOptions(
  a: object,
  b: object,
  options: ReadonlyMap<string, Option>,
): Option[] {
  return [...options.values()]
    .filter(({ path }) => !isDeepStrictEqual(valueAt(a, path), valueAt(b, path)));
}

/** The value of the option at `path`. */
function valueAt(config: object, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    config,
  );
}

/** `config` with the options at `paths` as `from` has them; both stay as they are. */
export function withOptions<Config extends object>(
  config: Config,
  from: Config,
  paths: readonly string[],
): Config {
  const result = structuredClone(config);
  for (const path of paths) {
    const keys = path.split(".");
    const section = valueAt(result, keys.slice(0, -1).join(".")) ?? result;
    Reflect.set(section as object, keys.at(-1) ?? "", valueAt(from, path));
  }
  return result;
}
