/**
 * `agent unregister`: undoes `agent register`.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { unregister, type Unregistration } from "../app/server/unregistration.ts";
import { AgentError } from "../../shared/errors.ts";
import { loadConfig } from "../config/load.ts";
import { pluralize, visible } from "../../shared/text.ts";
import type { CommandIo } from "./command_io.ts";
import { CONFIG_OPTION } from "./config_option.ts";
import { checkUser } from "./register/admission.ts";
import { checkManagementUrl } from "./register/management_url.ts";
import { passwordSource } from "./register/password.ts";
import { warningLine } from "./warning.ts";

const EXAMPLES = `
The agent has to be stopped. It is removed at its server, proved by its own key, and its identity and the files of its
groups are removed here. At a server that does not let agents do that, a user of the management API does it: --user. What is queued stays on disk and is sent after the next registration, under that; when
anything is queued --force is needed.

Examples:
  agent unregister
  agent unregister --user wazuh --password-file secret.txt
  agent unregister --local-only --config /etc/agent/agent.yaml`;

/** Builds the command. */
export function unregisterCommand(
  io: CommandIo,
  deps: Pick<Parameters<typeof unregister>[1], "createTransport"> = {},
): CommandUnknownOpts {
  return new Command("unregister")
    .description("Remove this agent at its server, and its identity here")
    .option(...CONFIG_OPTION)
    .option("--user <name>", "have this user of the management API remove it, not the agent itself")
    .option("--url <url>", "management API (default: the one it was registered at)")
    .option("--password-file <file>", "file whose first line is the user's password")
    .option("--password-stdin", "read the password from standard input")
    .option("--local-only", "leave the server alone, which goes on knowing the agent")
    .option("--force", "also when events wait that were not delivered")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, localOnly = false, force = false, json, ...options }) => {
      const user = userOf(io, options, { localOnly });
      const warn = (text: string) => io.stderr(warningLine(text));
      const { config, warnings } = await loadConfig({ file, env: io.env });
      warnings.forEach(warn);
      const { signal, secrets } = io;
      const done = await unregister(config, {
        ...{ ...deps, localOnly, force, signal, secrets, warn },
        ...(user && { user }),
      });
      io.stdout(json ? `${JSON.stringify({ schema: 1, ...done })}\n` : textOf(done));
    });
}

interface UserOptions {
  user?: string | undefined;
  url?: string | undefined;
  passwordFile?: string | undefined;
  passwordStdin?: true | undefined;
}

/** @throws {AgentError} `usage` */
function userOf(
  io: CommandIo,
  { user, url, ...password }: UserOptions,
  { localOnly }: { localOnly: boolean },
) {
  if (user === undefined) {
    if ([url, ...Object.values(password)].every((value) => value === undefined)) return undefined;
    throw new AgentError("usage", "--url and passwords go with --user alone", {
      hint: "agent unregister --user NAME; without a user the agent's own key proves it",
    });
  }
  if (localOnly) {
    throw new AgentError("usage", "--user and --local-only do not go together", {
      hint: "leave one of them out: with --local-only no server is asked",
    });
  }
  const managementUrl = url === undefined ? undefined : checkManagementUrl(url);
  const name = checkUser(user);
  return { name, password: passwordSource(io, password, user), managementUrl };
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
