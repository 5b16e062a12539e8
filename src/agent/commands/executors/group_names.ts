/**
 * Names of groups, which are names of files too.
 *
 * @module
 */

import * as z from "zod";

const MAX_GROUPS = 128;

const name = "must be 1 to 128 letters, digits and ._- without a dot in front";
const list = `must be a list of at most ${MAX_GROUPS} names of groups`;

/** The complete list of an agent's groups. */
export const groupNames = z.array(
  z.string({ error: name }).regex(/^(?!\.)[A-Za-z0-9._-]{1,128}$/, { error: name }),
  { error: list },
).max(MAX_GROUPS, { error: list })
  .refine((names) => new Set(names).size === names.length, {
    error: "must not name a group twice",
  });
