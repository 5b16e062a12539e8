/**
 * The defaults of options, as they are written in a file.
 *
 * @module
 */

import * as z from "zod";

/** What holds when nothing is said; `undefined` when the option then has no value. */
export function defaultOf(schema: z.ZodType): unknown {
  const hasDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return hasDefault ? schema.def.defaultValue : undefined;
}
