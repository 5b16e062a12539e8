/**
 * `agent doctor`: looks at everything the agent needs, and says what is wrong and what to do.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from "@commander-js/extra-typings";
import type { CheckGroup, CheckResult, DoctorReport } from "../../app/doctor/check.ts";
import { type Clock, systemClock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import { pluralize } from "../../../shared/text.ts";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { checkText, summaryText } from "./report_text.ts";

const GROUPS: readonly CheckGroup[] = [
  "config",
  "files",
  "identity",
  "agent",
  "service",
  "database",
  "modules",
  "network",
  "server",
];

const EXAMPLES = `
Works with the agent running, stopped and not registered. A running agent is asked how it is logged in and
whether it waits for commands; without one both are tried, and an event is posted in both cases. Exit
status 1 when a check fails. The checks and the JSON document are described in docs/doctor.md.

Examples:
  agent doctor
  agent doctor --only network
  agent doctor --json | jq '.checks[] | select(.status == "fail")'
  agent doctor --bundle support.tar.gz`;

/** Builds the command. */
export function doctorCommand(
  io: CommandIo,
  { clock = systemClock }: { clock?: Clock } = {},
): CommandUnknownOpts {
  return new Command("doctor")
    .description("check everything the agent needs, and say what is wrong and what to do")
    .option("--json", "print the report as JSON")
    .option("--offline", "leave out what needs the network")
    .option("--only <group>", `only these checks: ${GROUPS.join(", ")}`, groupName)
    .option("--bundle <file>", "write report, status, log and configuration to a new .tar.gz")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, json, offline = false, only, bundle }) => {
      if (bundle !== undefined) (await import("./archive.ts")).requireNewFile(bundle);
      const { examine } = await import("../../app/doctor/examine.ts");
      const report = await examine({
        file,
        env: io.env,
        clock,
        signal: io.signal,
        secrets: io.secrets,
        isOffline: offline,
        groups: only,
        ...(!json && { onResult: (result: CheckResult) => io.stdout(checkText(result)) }),
      });
      io.stdout(json ? `${JSON.stringify(report)}\n` : summaryText(report));
      if (bundle !== undefined) {
        const { writeBundle } = await import("./bundle.ts");
        await writeBundle(io, bundle, { file, report, nowMs: clock.now() });
        io.stderr(`Bundle without secrets written to "${bundle}"\n`);
      }
      requireOk(report);
    });
}

function groupName(name: string, before: readonly string[] = []): string[] {
  if ((GROUPS as readonly string[]).includes(name)) return [...before, name];
  throw new InvalidArgumentError(`Expected one of ${GROUPS.join(", ")}.`);
}

function requireOk({ checks }: DoctorReport): void {
  const failed = checks.filter(({ status }) => status === "fail");
  const [first] = failed;
  if (first === undefined) return;
  throw new AgentError("failed", `${pluralize(failed.length, "check")} failed: first ${first.id}`, {
    ...(first.try !== null && { hint: first.try }),
  });
}
