/**
 * `agent sca`: checks this machine by a policy now, and looks for mistakes in policies.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { checkPolicy } from "./check.ts";
import { lintPolicies } from "./lint.ts";

const EXAMPLES = `
No agent has to run, and nothing is sent or stored. Some of it only root can
see, such as the settings of sshd. How policies are written is in docs/sca.md.

Examples:
  agent sca check /usr/share/agent/sca/linux_baseline.yml
  agent sca check my_policy.yml --id 1004
  agent sca check my_policy.yml --json | jq -r '.checks[] | select(.result == "Failed") | .name'
  agent sca lint policies/*.yml
  agent sca lint`;

/** Builds the command. */
export function scaCommand(io: CommandIo): CommandUnknownOpts {
  const command = new Command("sca")
    .description("check this machine by a policy now, or look for mistakes in one")
    .addHelpText("after", EXAMPLES);
  command.command("check")
    .description(
      "check this machine: each rule, where it stands, what was compared and what came of it",
    )
    .argument("<policy>", "file of a policy")
    .option("--id <id>", "only the check with this id")
    .option("--json", "print the results as JSON")
    .option(...CONFIG_OPTION)
    .action((policy, options) => checkPolicy(io, policy, options));
  command.command("lint")
    .description("look for mistakes; ends with 5 when a policy is invalid")
    .argument("[policy...]", "files of policies (default: those that are in force)")
    .option("--json", "print what was found as JSON")
    .option(...CONFIG_OPTION)
    .action((policies, options) => lintPolicies(io, policies, options));
  return command;
}
