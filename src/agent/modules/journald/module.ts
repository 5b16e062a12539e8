/**
 * The module `journald`: follows systemd's journal. See docs/logs.md.
 *
 * @module
 */

import { defineModule } from "../module.ts";
import { JOURNALD_OPTIONS } from "./options.ts";

/** Follows the journal; each entry becomes one event. */
export const journald = defineModule({
  name: "journald",
  about: "Follows systemd's journal; each entry becomes one event.",
  options: JOURNALD_OPTIONS,
  platforms: ["linux"],
  startsPrograms: true,
  checks: () => [{
    id: "readable",
    run: async (options, signal) => (await import("./checks.ts")).checkReadable(options, signal),
  }],
  async create(options, context) {
    const { createJournald } = await import("./create.ts");
    const { sinkFor } = await import("../module_sink.ts");
    const sink = await sinkFor(options, context);
    return createJournald(options, { ...context, sink });
  },
});
