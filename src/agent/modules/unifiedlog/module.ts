/**
 * The module `unifiedlog`: follows the unified log of macOS. See docs/logs.md.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { EVENT_OPTIONS } from "../event_options.ts";
import { defineModule } from "../module.ts";

const TYPES = ["activity", "log", "trace"] as const;

/** Follows the log; each message becomes one event. */
export const unifiedlog = defineModule({
  name: "unifiedlog",
  about: "Follows the unified log of macOS; each message becomes one event.",
  options: {
    enabled: field.toggle({
      default: false,
      about: "Whether the unified log of macOS is followed.",
      shareable: true,
    }),
    query: predicate(),
    level: field.choice(["default", "info", "debug"], {
      default: "default",
      about: "The least urgent messages that are taken.",
      shareable: true,
    }),
    ...EVENT_OPTIONS,
    types: field.list(z.enum(TYPES, { error: `must be one of ${TYPES.join(", ")}` }), {
      error: `must be a list of some of ${TYPES.join(", ")}`,
      most: TYPES.length,
      about: `Kinds of messages that are followed live: ${
        TYPES.join(", ")
      }; all when there are none.`,
      shareable: true,
      neverLess: true,
    }),
  },
  platforms: ["darwin"],
  startsPrograms: true,
  async create(options, context) {
    const { query, level, types } = options;
    const { Unifiedlog } = await import("./unifiedlog.ts");
    const { sinkFor } = await import("../module_sink.ts");
    const sink = await sinkFor(options, context);
    return new Unifiedlog({ program: "/usr/bin/log", query, level, types }, { ...context, sink });
  },
});

function predicate() {
  const error = "must be a predicate of 1 to 4,096 characters, such as 'process == \"sshd\"'";
  return z.string({ error }).min(1, { error }).max(4_096, { error }).optional().meta({
    kind: "text",
    description:
      "Predicate of the messages that are taken, as for log stream --predicate, such as " +
      "'process == \"sshd\"'; all when left out.",
    shareable: true,
    neverLess: true,
  });
}
