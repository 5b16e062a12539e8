/**
 * `agent reload`: asks the running agent to read its configuration again.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../config/load.ts";
import { AgentError } from "../../shared/errors.ts";
import type { ReloadReport } from "../../shared/protocol/local_api.ts";
import type { CliIo } from "./cli_io.ts";
import { askRunningAgent } from "./running_agent.ts";
import { CONFIG_OPTION } from "./config_option.ts";

const EXAMPLES = `
All of the configuration is checked first; when anything is wrong nothing changes. Certificates and key are read again
too. SIGHUP does the same.

Examples:
  agent reload
  agent reload --json --config /etc/agent/agent.yaml`;

/** Builds the command. */
export function reloadCommand(io: CliIo): CommandUnknownOpts {
  return new Command("reload")
    .description("have the running agent read its configuration again")
    .option(...CONFIG_OPTION)
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, json }) => {
      const { config } = await loadConfig({ file, env: io.env });
      const report = await askRunningAgent(config, (client) => client.reload());
      io.stdout(json ? `${JSON.stringify({ schema: 1, ...report })}\n` : textOf(report));
      if (report.failed.length > 0) throw notApplied(report);
    });
}

function textOf({ applied, needs_restart, looked_at }: ReloadReport): string {
  const list = (paths: string[], none: string) => paths.length === 0 ? none : paths.join(", ");
  const lines = [`Applied: ${list(applied, "nothing")}`];
  if (needs_restart.length > 0) lines.push(`Needs a restart: ${needs_restart.join(", ")}`);
  if (applied.length === 0) lines.push(`Looked at: ${list(looked_at, "no file, there is none")}`);
  return `${lines.join("\n")}\n`;
}

function notApplied({ failed }: ReloadReport): AgentError {
  const reasons = failed.map(({ option, reason }) => `${option}: ${reason}`).join("; ");
  return new AgentError("failed", `Not everything could be changed: ${reasons}`, {
    hint: "these options keep their old value; mend what is said and reload again",
  });
}
