/**
 * The options `bulk_output:`. No secret is an option: the password stands in a file.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../shared/config/fields.ts";

const URL_ERROR = "must be an http or https URL without a path, such as https://127.0.0.1:9200";
const INDEX = /^[a-z0-9][a-z0-9_.-]{0,99}$/;
const INDEX_ERROR =
  "must be 1 to 100 characters of a-z 0-9 _ . - that begin with a letter or digit";

/** The section `bulk_output:`. */
export const bulkOutputSchema = field.section(
  "Events into an index that has the _bulk API of OpenSearch or Elasticsearch.",
  {
    url: z.string({ error: URL_ERROR }).max(2_000, { error: URL_ERROR })
      .regex(/^https?:\/\/[^\s/?#@]+\/*$/, { error: URL_ERROR })
      .transform((url) => url.replace(/\/+$/, "")).optional()
      .meta({ kind: "text", description: "Base URL of the index; without it nothing is sent." }),
    user: z.string().min(1).max(256).regex(/^[^:]+$/, { error: "must be a name without colons" })
      .optional().meta({
        kind: "text",
        description: "User name; its password is in password_file.",
      }),
    password_file: field.optionalPath({
      about: "File, mode 0600, whose first line is the password of user.",
    }),
    ca_cert: field.optionalPath({
      about: "PEM file of authorities of the index's certificate. Without it those of the system.",
    }),
    data_stream: field.text({
      default: "agent-events",
      pattern: INDEX,
      error: INDEX_ERROR,
      about: "Data stream of the stateless events.",
    }),
    state_index: field.text({
      default: "agent-states",
      pattern: INDEX,
      error: INDEX_ERROR,
      about: "Stateful documents go to the index of this name, a dash and their module.",
    }),
    batch_bytes: field.size({
      default: "5MB",
      min: "10KB",
      max: "100MB",
      about: "How much is sent in one request, about.",
    }),
    max_backlog: field.count({
      default: 10_000_000,
      min: 0,
      max: 10_000_000_000,
      about: "How many events are kept for an index that is away, beyond keep_events; older ones " +
        "are removed, and counted as missed.",
    }),
  },
);

/** The options. */
export type BulkOutputOptions = z.output<typeof bulkOutputSchema>;
