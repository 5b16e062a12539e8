/**
 * Names of groups, which are names of files too.
 *
 * @module
 */

import * as z from "zod";
import { GROUP_NAME, GROUP_NAME_RULE, MAX_GROUPS } from "../../../shared/protocol/groups.ts";

const name = `must be ${GROUP_NAME_RULE}`;
const list = `must be a list of at most ${MAX_GROUPS} names of groups`;

/** The complete list of an agent's groups. */
export const groupNames = z.array(
  z.string({ error: name }).regex(GROUP_NAME, { error: name }),
  { error: list },
).max(MAX_GROUPS, { error: list })
  .refine((names) => new Set(names).size === names.length, {
    error: "must not name a group twice",
  });
