/**
 * The module `syslog`: receives messages of other machines and of this machine's programs. See docs/logs.md.
 *
 * @module
 */

import { defineModule } from "../module.ts";
import { SYSLOG_OPTIONS } from "./options.ts";

/** Receives messages; each is one event. */
export const syslog = defineModule({
  name: "syslog",
  about:
    "Receives messages of syslog over UDP, TCP, TLS and local sockets; each becomes one event.",
  options: SYSLOG_OPTIONS,
  lostWithoutLibc: "datagrams at local sockets, and how many the kernel dropped",
  checks: () => [{
    id: "inputs",
    option: "inputs",
    run: async (options) => (await import("./checks.ts")).checkInputs(options),
  }],
  async create(options, context) {
    const { Syslog } = await import("./syslog.ts");
    const { sinkFor } = await import("../module_sink.ts");
    const sink = await sinkFor(options, context);
    return new Syslog(options, { ...context, sink });
  },
});
