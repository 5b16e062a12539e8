/**
 * The option `redact`, of everything that may bring secrets.
 *
 * @module
 */

import * as z from "zod";
import { patternProblem } from "./pattern_problem.ts";

/** Sets of secrets that are known. */
const SECRET_SETS = ["keys", "tokens", "cards"] as const;
const MOST = 100;

/** What is taken out of events: a set, or what a pattern matches. */
export type RedactOption =
  | typeof SECRET_SETS[number]
  | { pattern: string; with?: string };

/** A pattern, refused when it needs more than linear time. */
export function patternField() {
  const error = "must be a regular expression of up to 1,000 characters, such as '^[0-9]{4}-'";
  return z.string({ error }).min(1, { error }).max(1_000, { error })
    .superRefine((text, context) => {
      const problem = patternProblem(text);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    });
}

/** What is taken out of events; nothing unless it is given. */
export function redactField() {
  const error = `must be a list of ${SECRET_SETS.join(", ")} and maps such as ` +
    "{pattern: 'id=[0-9]+', with: 'id=[redacted]'}";
  const own = z.strictObject({
    pattern: patternField(),
    with: z.string({ error }).max(1_000, { error }).default("[redacted]"),
  }, { error: (issue) => issue.code === "unrecognized_keys" ? undefined : error });
  return z.array(z.union([z.enum(SECRET_SETS, { error }), own], { error }), { error })
    .max(MOST, { error }).default([])
    .meta({
      kind: "list",
      description: "What is taken out of events before anything of them is stored: " +
        `${
          SECRET_SETS.join(", ")
        }, and maps such as {pattern: 'id=[0-9]+', with: 'id=[redacted]'}.`,
    });
}
