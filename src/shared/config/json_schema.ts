/**
 * The JSON Schema of the configuration file, for editors that complete and check while one types.
 *
 * @module
 */

import * as z from "zod";
import { TRAIT_KEYS } from "./traits.ts";

/** The JSON Schema of any configuration of sections and options. */
export function textOfJsonSchema(options: z.ZodObject): string {
  const schema = z.toJSONSchema(options, {
    io: "input",
    override: ({ jsonSchema, path }) => {
      for (const key of TRAIT_KEYS) delete jsonSchema[key];
      if (path.length > 0 && !path.includes("items")) allowEmpty(jsonSchema);
    },
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** An option or section without a value (`ca_cert:`) is the same as one left out. */
function allowEmpty(schema: z.core.JSONSchema.BaseSchema): void {
  if (typeof schema.type !== "string") return;
  Object.assign(schema, { type: [schema.type, "null"] });
  if (schema.enum !== undefined) schema.enum = [...schema.enum, null];
}
