import { AgentError } from "../../../shared/errors.ts";
import type { UpgradeStatus } from "../../../shared/protocol/status_document.ts";
import { readUpgradeReport } from "../../app/upgrades/upgrade_host.ts";
import { loadConfig } from "../../config/load.ts";
import type { CliIo } from "../cli_io.ts";
import { askRunningAgent } from "../running_agent.ts";

/** Prints how the agent's replacement stands, whether it runs or not. */
export async function showUpgrades(
  io: CliIo,
  { config: file, json }: { config?: string | undefined; json?: true | undefined },
): Promise<void> {
  const { config } = await loadConfig({ file, env: io.env });
  const report = await askRunningAgent(config, (client) => client.status())
    .then(({ upgrade }) => upgrade, (error) => {
      if (error instanceof AgentError && error.code === "not_running") {
        return readUpgradeReport(config);
      }
      throw error;
    });
  io.stdout(json ? `${JSON.stringify({ schema: 1, ...report })}\n` : textOf(report));
}

const STATES: Readonly<Record<string, string>> = {
  off: "off: upgrade.enabled is false",
  not_installed: "not installed: agent service install puts it where it can be replaced",
  idle: "nothing under way",
  on_trial: "on trial, watched by the version before",
};

function textOf(report: UpgradeStatus): string {
  const { state, version, current, versions, to, percent, available, last_result } = report;
  const progress = percent === null ? "" : `, ${percent} %`;
  const rows = [
    ["Version", version],
    ["State", to === null ? STATES[state] ?? state : `to ${to}: ${state}${progress}`],
    ...(current === null || current === version ? [] : [["Next start", current]]),
    ...(versions.length === 0 ? [] : [["Here", versions.join(", ")]]),
    ...(available === null ? [] : [["Available", available]]),
    ...(last_result === null ? [] : [["Last", `${last_result.at} ${last_result.message}`]]),
  ];
  return rows.map(([label = "", text = ""]) => `${label.padEnd(12)}${text}\n`).join("");
}
