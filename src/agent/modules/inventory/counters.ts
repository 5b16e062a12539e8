/**
 * Members of documents whose change is none: they would have every scan send everything.
 *
 * @module
 */

import type { CollectorName } from "./item.ts";

const TRAFFIC = ["egress", "ingress"].flatMap((way) =>
  ["bytes", "drops", "errors", "packets"].map((name) => `host.network.${way}.${name}`)
);

type Counters = Partial<Record<CollectorName, readonly string[]>>;

/** By collector; one that is left out has none. */
export const COUNTERS: Counters = {
  // The clock of a processor changes with its load.
  hardware: ["host.cpu.speed", "host.memory.free", "host.memory.used"],
  networks: TRAFFIC,
  interfaces: TRAFFIC,
  ports: ["host.network.egress.queue", "host.network.ingress.queue"],
  processes: ["process.state", "process.stime", "process.utime"],
};
