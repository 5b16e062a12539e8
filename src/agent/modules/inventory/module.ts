/**
 * The module `inventory`: the server shows what is on this machine.
 *
 * @module
 */

import { defineModule } from "../module.ts";
import { COUNTERS } from "./counters.ts";
import { INVENTORY_OPTIONS, SCHEMA_RULES, wantedCollectors } from "./options.ts";
import { whyNoMachine } from "./root_folder.ts";

/** Keeps a document at the server for each package, port, user … of the machine. */
export const inventory = defineModule({
  name: "inventory",
  about: "Shows at the server what is on this machine: system, hardware, packages, network, ports.",
  options: INVENTORY_OPTIONS,
  rules: SCHEMA_RULES,
  lostWithoutLibc: "processes, ports, network interfaces and hardware, which lie in /proc and /sys",
  states: {
    collectors: wantedCollectors,
    counters: COUNTERS,
  },
  checks: () => [{
    id: "root",
    option: "root",
    run({ root }) {
      const why = whyNoMachine(root);
      return why === undefined ? { status: "ok", message: `${root} can be read` } : {
        status: "fail",
        message: why,
        try: "set inventory.root to the folder where the files of the machine are mounted",
      };
    },
  }],
  async create(options, context) {
    const { buildInventory } = await import("./build.ts");
    return buildInventory(options, context);
  },
});
