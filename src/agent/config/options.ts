/**
 * The agent's options as a flat list, and the names of their environment variables.
 *
 * @module
 */

import { type Option, optionsOf } from "../../shared/config/options.ts";
import type { Platform } from "../../shared/config/platform.ts";
import type { Module } from "../modules/module.ts";
import { configSchema } from "./schema.ts";

/** What the names of all environment variables of the agent begin with. */
export const VARIABLE_PREFIX = "AGENT_";

/** Variables that other parts of the agent read: never the name of an option. */
export const RESERVED_VARIABLES: readonly string[] = [
  "AGENT_CONFIG",
  "AGENT_PASSWORD",
  "AGENT_ENROLLMENT_TOKEN",
  "AGENT_BIN",
  "AGENT_SUPERVISED",
  "AGENT_RESTARTED_BY",
  "AGENT_TRIAL",
];

/**
 * Every option of the agent in the order of the schema.
 *
 * @throws {TypeError} when two options, or an option and another part of the agent, would read one environment variable
 */
export function listOptions(platform: Platform, modules?: readonly Module[]): Map<string, Option> {
  const schema = configSchema({ platform, ...(modules && { modules }) });
  const options = optionsOf(schema, environmentName);
  requireDistinctVariables(options);
  return options;
}

/** `a_b.c` and `a.b_c` would be one variable, and `path.data` that of `agent.path.data`. */
function requireDistinctVariables(options: ReadonlyMap<string, Option>): void {
  const owners = new Map(RESERVED_VARIABLES.map((name) => [name, "the agent itself"]));
  for (const { path, envName } of options.values()) {
    const owner = owners.get(envName);
    if (owner !== undefined) {
      throw new TypeError(`Option ${path} would share ${envName} with ${owner}`);
    }
    owners.set(envName, path);
  }
}

/**
 * The environment variable of an option: `AGENT_`, then its path in upper case with `_` for each
 * dot, without a leading `agent.`: `agent.path.data` is `AGENT_PATH_DATA`, `queue.max_bytes` is
 * `AGENT_QUEUE_MAX_BYTES`.
 */
function environmentName(path: string): string {
  return `${VARIABLE_PREFIX}${path.replace(/^agent\./, "").replaceAll(".", "_").toUpperCase()}`;
}
