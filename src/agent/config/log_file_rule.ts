/**
 * Where the log must not be written: it is appended to whatever has its name, and put aside by renaming.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import type { Rule } from "../../shared/config/rules.ts";
import type { AgentConfig } from "./schema.ts";

/** What a log may be called where the agent has files of its own. */
const LOG_NAME = /\.log$/i;

/** Keeps `log.file` from naming what the agent lives on: its data, its keys, its configuration `configFile`. */
export function logFileRule(configFile: string | undefined): Rule<AgentConfig> {
  return {
    paths: ["log.file"],
    check(config) {
      const { log: { file } } = config;
      if (file === undefined) return undefined;
      const path = resolve(file);
      const own = [...ownFiles(config), configFile].find((one) => one && resolve(one) === path);
      if (own !== undefined) return "must be a file for the log alone, and the agent uses this one";
      const { data, run } = config.agent.path;
      const isInside = [data, run].some((folder) => resolve(folder) === dirname(path));
      return isInside && !LOG_NAME.test(path)
        ? "must have a name that ends with .log, among the agent's own files"
        : undefined;
    },
  };
}

function ownFiles({ agent, commands, upgrade }: AgentConfig): (string | undefined)[] {
  return [
    agent.ca_cert,
    agent.client_cert,
    agent.client_key,
    agent.enrollment_token_file,
    commands.trusted_keys,
    upgrade.trusted_keys,
  ];
}
