/**
 * `agent unregister`: undoes `agent register`.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { unregister, type Unregistration } from "../app/unregistration.ts";
import { loadConfig } from "../config/load.ts";
import { pluralize, visible } from "../../shared/text.ts";
import type { CommandIo } from "./command_io.ts";
import { CONFIG_OPTION } from "./config_option.ts";
import { warningLine } from "./warning.ts";

const EXAMPLES = `
The agent has to be stopped. It is removed at its server, proved by its own key, and its identity and the files of its
groups are removed here. What is queued stays on disk and is sent after the next registration, under that; when
anything is queued --force is needed.

Examples:
  agent unregister
  agent unregister --local-only --config /etc/agent/agent.yaml`;

/** Builds the command. */
export function unregisterCommand(
  io: CommandIo,
  deps: Pick<Parameters<typeof unregister>[1], "createTransport"> = {},
): CommandUnknownOpts {
  return new Command("unregister")
    .description("Remove this agent at its server, and its identity here")
    .option(...CONFIG_OPTION)
    .option("--local-only", "leave the server alone, which goes on knowing the agent")
    .option("--force", "also when events wait that were not delivered")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, localOnly = false, force = false, json }) => {
      const warn = (text: string) => io.stderr(warningLine(text));
      const { config, warnings } = await loadConfig({ file, env: io.env });
      warnings.forEach(warn);
      const { signal, secrets } = io;
      const done = await unregister(config, { ...deps, localOnly, force, signal, secrets, warn });
      io.stdout(json ? `${JSON.stringify({ schema: 1, ...done })}\n` : textOf(done));
    });
}

const AT_SERVER: Readonly<Record<Unregistration["server"], string>> = {
  removed: "removed",
  gone: "was not known there any more",
  not_asked: "not asked: it goes on knowing the agent",
};

function textOf({ id, name, server, queued_events }: Unregistration): string {
  const lines = [`Unregistered agent "${visible(name)}"`, `  id      ${id}`];
  lines.push(`  server  ${AT_SERVER[server]}`);
  if (queued_events !== null && queued_events > 0) {
    lines.push(`  queue   ${pluralize(queued_events, "event")} stay for the next registration`);
  }
  return `${lines.join("\n")}\n`;
}
