/**
 * `agent status`: asks the running agent how it is; without one, looks at what is on disk.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/schema.ts";
import { STORED } from "../config/stored.ts";
import { ControlClient } from "../control/control_client.ts";
import { endpointIn } from "../control/endpoint.ts";
import type { HealthReport } from "../../shared/protocol/health.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import { AgentError } from "../../shared/errors.ts";
import { rememberStoredSecrets } from "../identity/stored_secrets.ts";
import { IdentityFile } from "../identity/identity_file.ts";
import type { CommandIo } from "./command_io.ts";
import { healthLines, statusText } from "../status/status_text.ts";
import { warningLine } from "./warning.ts";
import { CONFIG_OPTION } from "./config_option.ts";
import { notRunning } from "./running_agent.ts";

const EXAMPLES = `
Exit status 0 when the agent runs, 3 when it does not; with --check 0 healthy, 16 degraded, 17 failing.
The JSON document and the reasons of each are described in docs/status.md.

Examples:
  agent status
  agent status --check || echo "look at this machine"
  agent status --json | jq .streams.stateless.queued_events`;

/** Builds the command. */
export function statusCommand(io: CommandIo): CommandUnknownOpts {
  return new Command("status")
    .description("show how the running agent is, or what is queued when none runs")
    .option("--json", "print the status document as JSON")
    .option("--check", "say in words and by the exit status how well the agent does")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, json, check }) => {
      const loaded = await loadConfig({ file, env: io.env, ...STORED });
      const { config } = loaded;
      rememberStoredSecrets(config.agent.path.data, io.secrets);
      new IdentityFile(config.agent.path.data)
        .warnIfExposed((text) => io.stderr(warningLine(text)));
      const document = await runningStatus(config) ?? await stoppedStatus(loaded);
      const text = check ? healthLines : statusText;
      io.stdout(json ? `${JSON.stringify(document)}\n` : text(document, Date.now()));
      if (check) return requireHealthy(document.health);
      if (!document.running) {
        throw notRunning(config.agent.path.data);
      }
    });
}

function requireHealthy({ name, reasons: [worst] }: HealthReport): void {
  if (name === "healthy" || worst === undefined) return;
  const code = name === "degraded" ? "health_degraded" : "health_failing";
  throw new AgentError(code, `The agent is ${name}: ${worst.code}`, { hint: worst.hint });
}

async function runningStatus(config: AgentConfig): Promise<StatusDocument | undefined> {
  try {
    using client = ControlClient.to(endpointIn(config.agent.path.run));
    return await client.status();
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

/** Loaded only when no agent runs, so that a status of a running one starts without SQLite. */
async function stoppedStatus(loaded: LoadedConfig): Promise<StatusDocument> {
  const { readStoppedStatus } = await import("../app/read_stopped_status.ts");
  return readStoppedStatus(loaded, Date.now());
}
