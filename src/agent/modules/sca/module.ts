/**
 * The module `sca`: checks the machine by policies, and shows the results at the server. See docs/sca.md.
 *
 * @module
 */

import { defineModule } from "../module.ts";
import { COLLECTOR } from "./collector_name.ts";
import { SCA_OPTIONS } from "./options.ts";

/** Keeps a document at the server for each check of each policy. */
export const sca = defineModule({
  name: "sca",
  about: "Checks by policies how this machine is set up, and shows each result at the server.",
  options: SCA_OPTIONS,
  platforms: ["linux", "darwin"],
  startsPrograms: true,
  lostWithoutLibc: "rules on processes and on files of /proc and /sys",
  states: { collectors: () => [COLLECTOR] },
  checks: () => [{
    id: "policies",
    option: "policies",
    run: async (options, _signal, place) =>
      (await import("./checks.ts")).checkPolicies(options, place),
  }],
  async create(options, context) {
    const { createSca } = await import("./create.ts");
    return createSca(options, context);
  },
});
