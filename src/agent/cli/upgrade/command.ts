/**
 * `agent upgrade`: replaces this agent by a signed release, shows how that stands, and goes back.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CliIo } from "../cli_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";

const HELP = `
The running agent downloads the release, makes sure that a trusted key has signed it (upgrade.trusted_keys), makes room
for it, and watches it: a version that does not show within upgrade.trial that it works as well as the one before is
stopped, and that one goes on. Nothing that is queued is lost either way. Without a running agent the version is put in
place for its next start. With --file no server is needed: the files that the manifest names lie beside it.

Examples:
  agent upgrade --dry-run
  agent upgrade
  agent upgrade --file /media/usb/agent-1.4.0.json
  agent upgrade status
  agent upgrade rollback`;

const ROLLBACK_HELP = `
The version before is still there (upgrade.keep). It is tried like a new one, so that there is an agent in any case.

Examples:
  agent upgrade rollback
  agent upgrade rollback 1.3.2`;

/** Builds the command. */
export function upgradeCommand(io: CliIo): CommandUnknownOpts {
  const command = new Command("upgrade")
    .description("replace this agent by a signed release")
    .argument("[version]", "only this version (default: the newest)")
    .option("--file <manifest>", "take the release from files")
    .option("--dry-run", "look at everything, and change nothing")
    .option("--force", "also an older version")
    .option("--json", "print JSON for programs")
    .option(...CONFIG_OPTION)
    .addHelpText("after", HELP)
    .action(async (version, options) => {
      const { upgrade } = await import("./order.ts");
      await upgrade(io, version, options);
    });
  // The parent takes options of the same names first.
  command.command("status")
    .description("Say which versions are here, and how the last upgrade ended")
    .option("--json", "print JSON for programs")
    .option(...CONFIG_OPTION)
    .action(async (_options, command) =>
      (await import("./status.ts")).showUpgrades(io, command.optsWithGlobals())
    );
  command.command("rollback")
    .description("Go back to a version that is still here")
    .argument("[version]", "default: the one before")
    .option("--json", "print JSON for programs")
    .option(...CONFIG_OPTION)
    .addHelpText("after", ROLLBACK_HELP)
    .action(async (version, _options, command) => {
      const { goBack } = await import("./order.ts");
      await goBack(io, version, command.optsWithGlobals());
    });
  return command as CommandUnknownOpts;
}
