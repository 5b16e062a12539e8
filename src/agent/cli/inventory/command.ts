/**
 * `agent inventory`: what a collector of the module `inventory` finds now, whether the agent runs or not.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { systemClock } from "../../../shared/clock.ts";
import { loadConfig } from "../../config/load.ts";
import { collectLive } from "../../modules/inventory/live.ts";
import { COLLECTOR_NAMES } from "../../modules/inventory/item.ts";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { inventoryText } from "./documents_text.ts";

const EXAMPLES = `
Nothing is sent or stored. The documents are those of stateful.schema; collectors that only the
other schema has are shown in that one. Some of it only root can see, such as whose ports are.

Examples:
  agent inventory packages
  agent inventory ports --json | jq '.documents[].source.port'`;

/** Builds the command. */
export function inventoryCommand(io: CommandIo): CommandUnknownOpts {
  return new Command("inventory")
    .description("show what is on this machine now: packages, ports, users …")
    .addArgument(new Argument("<collector>", "what to show").choices(COLLECTOR_NAMES))
    .option("--json", "print the documents as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (collector, { config: file, json }) => {
      const { config } = await loadConfig({ file, env: io.env });
      const { documents, problems } = await collectLive(collector, {
        options: config.inventory,
        schema: config.stateful.schema,
        signal: io.signal,
        nowMs: systemClock.now(),
      });
      for (const problem of problems) io.stderr(`Warning: not all of it: ${problem}\n`);
      const document = { schema: 1, collector, documents, problems };
      io.stdout(json ? `${JSON.stringify(document)}\n` : inventoryText(documents));
    });
}
