/**
 * What a schema allows, without the wrappers that give defaults.
 *
 * @module
 */

import * as z from "zod";

/** Schema of the entries of a list. */
export function entryOf(schema: unknown): unknown {
  return formsOf(schema).find((form) => form instanceof z.ZodArray)?.element;
}

/** Schemas of the members of a map. */
export function membersOf(schema: unknown): Readonly<Record<string, unknown>> {
  return Object.assign(
    {},
    ...formsOf(schema).map((form) => form instanceof z.ZodObject ? form.shape : {}),
  );
}

/** The forms that a value may have: the alternatives of a union, else the schema itself; nothing for `undefined`. */
function formsOf(schema: unknown): z.ZodType[] {
  if (
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  ) return formsOf(schema.def.innerType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(formsOf);
  return schema instanceof z.ZodType ? [schema] : [];
}
