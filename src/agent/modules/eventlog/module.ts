/**
 * The module `eventlog`: reads the event log of Windows. See docs/logs.md.
 *
 * @module
 */

import { defineModule } from "../module.ts";
import { EVENTLOG_OPTIONS, wantedChannels } from "./options.ts";

/** Reads channels; each event becomes one of the agent's. */
export const eventlog = defineModule({
  name: "eventlog",
  about: "Reads channels of the Windows event log; each event becomes one of the agent's.",
  options: EVENTLOG_OPTIONS,
  platforms: ["windows"],
  startsPrograms: true,
  checks: () => [{
    id: "channels",
    option: "channels",
    run: async (options, signal) => (await import("./checks.ts")).checkChannels(options, signal),
  }],
  async create(options, context) {
    const { channels, read_interval, start_at } = options;
    const { sinkFor } = await import("../module_sink.ts");
    const { Eventlog } = await import("./eventlog.ts");
    const { WEVTUTIL } = await import("./checks.ts");
    return new Eventlog({
      program: WEVTUTIL,
      channels: wantedChannels({ channels }),
      readIntervalMs: read_interval,
      startAt: start_at,
    }, { ...context, sink: await sinkFor(options, context) });
  },
});
