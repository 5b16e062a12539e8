/**
 * What can be said of the events of a module that reads a log of the system or of others.
 *
 * @module
 */

import * as z from "zod";
import { redactField } from "../redaction/redact_option.ts";

const RATE = "must be a whole number from 1 to 1000000";

/** Options that such a module has beside its own. */
export const EVENT_OPTIONS = {
  redact: redactField(),
  max_rate: z.int({ error: RATE }).min(1, { error: RATE }).max(1_000_000, { error: RATE })
    .optional()
    .meta({
      kind: "count",
      description: "Events a second that are taken at most; what is beyond waits where it comes " +
        "from. A whole number from 1 to 1000000.",
    }),
};
