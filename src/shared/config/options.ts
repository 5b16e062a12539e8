/**
 * The schema as a flat list of options, each with its dotted path and the name of its environment
 * variable.
 *
 * @module
 */

import * as z from "zod";
import type { OptionKind } from "./fields.ts";
import { type FullTraits, fullTraits, type Traits, traitsIn } from "./traits.ts";

/** One option. */
export interface Option extends FullTraits {
  /** Such as `agent.path.data`. */
  path: string;
  kind: OptionKind;
  description: string;
  /** Checks one value and gives its default for `undefined`. */
  schema: z.ZodType;
  /** Name of its environment variable, such as `AGENT_PATH_DATA`. */
  envName: string;
}

/** Every option of `schema` in its order; `envName` makes a variable's name of an option's path. */
export function optionsOf(
  schema: z.ZodObject,
  envName: (path: string) => string,
): Map<string, Option> {
  const options = new Map<string, Option>();
  for (const [path, member, section] of members(schema, "", {})) {
    options.set(path, describe(path, { schema: member, section, envName: envName(path) }));
  }
  return options;
}

/** Paths of all sections, such as `agent` and `agent.path`. */
export function sectionPaths(options: ReadonlyMap<string, Option>): Set<string> {
  const sections = new Set<string>();
  for (const path of options.keys()) {
    const parts = path.split(".");
    for (let size = 1; size < parts.length; size++) sections.add(parts.slice(0, size).join("."));
  }
  return sections;
}

function* members(
  schema: z.ZodObject,
  prefix: string,
  section: Traits,
): Generator<[string, z.ZodType, Traits]> {
  for (const [key, member] of Object.entries(schema.shape)) {
    const path = prefix + key;
    const inner = member instanceof z.ZodPrefault ? member.def.innerType : member;
    if (inner instanceof z.ZodObject) {
      yield* members(inner, `${path}.`, { ...section, ...traitsIn(member.meta()) });
    } else if (member instanceof z.ZodType) yield [path, member, section];
  }
}

function describe(
  path: string,
  { section, ...option }: Pick<Option, "schema" | "envName"> & { section: Traits },
): Option {
  const { kind, description = "", ...traits } = option.schema.meta() ?? {};
  return {
    path,
    kind: kind as OptionKind,
    description,
    ...fullTraits(traitsIn(traits as Traits), section),
    ...option,
  };
}
