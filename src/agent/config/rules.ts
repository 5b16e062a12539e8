/**
 * What the agent's options must satisfy together, once each is right by itself.
 *
 * @module
 */

import type { Rule } from "../../shared/config/rules.ts";
import { formatDuration } from "../../shared/config/units.ts";
import type { Module } from "../modules/module.ts";
import { logFileRule } from "./log_file_rule.ts";
import { checkSocketPath, socketPath } from "./places.ts";
import { type AgentConfig, moduleOptions } from "./schema.ts";

/** Every rule of the agent's configuration, which stands in `configFile`, with these modules. */
export function rulesWith(
  modules: readonly Module[],
  configFile: string | undefined,
): readonly Rule<AgentConfig>[] {
  return [...OWN_RULES, logFileRule(configFile), ...modules.flatMap(rulesOf)];
}

function rulesOf({ name, rules = [] }: Module): Rule<AgentConfig>[] {
  return rules.map(({ option, check }) => ({
    paths: [`${name}.${option}`],
    check: (config) => check(moduleOptions(config, name), config.stateful),
  }));
}

const OWN_RULES: readonly Rule<AgentConfig>[] = [
  {
    paths: ["agent.client_cert", "agent.client_key"],
    check({ agent: { client_cert, client_key } }) {
      if ((client_cert === undefined) === (client_key === undefined)) return undefined;
      const missing = client_cert === undefined ? "agent.client_cert" : "agent.client_key";
      return `must come together with ${missing}`;
    },
  },
  {
    paths: ["agent.on_clone"],
    check({ agent: { on_clone, enrollment_token_file } }) {
      if (on_clone !== "reregister" || enrollment_token_file !== undefined) return undefined;
      return "must come together with agent.enrollment_token_file";
    },
  },
  {
    paths: ["agent.retry_interval", "agent.retry_max_interval"],
    check({ agent: { retry_interval, retry_max_interval } }) {
      if (retry_interval <= retry_max_interval) return undefined;
      return `but agent.retry_interval (${formatDuration(retry_interval)}) must not be longer ` +
        `than agent.retry_max_interval (${formatDuration(retry_max_interval)})`;
    },
  },
  {
    paths: ["commands.default_timeout", "commands.max_timeout"],
    check({ commands: { default_timeout, max_timeout } }) {
      if (default_timeout <= max_timeout) return undefined;
      return `but commands.default_timeout (${formatDuration(default_timeout)}) must not be ` +
        `longer than commands.max_timeout (${formatDuration(max_timeout)})`;
    },
  },
  {
    paths: ["commands.require_signature"],
    check({ commands: { require_signature, trusted_keys } }) {
      if (!require_signature || trusted_keys !== undefined) return undefined;
      return "must come together with commands.trusted_keys";
    },
  },
  {
    paths: ["health.degraded_after", "health.failing_after"],
    check({ health: { degraded_after, failing_after } }) {
      if (degraded_after <= failing_after) return undefined;
      return `but health.degraded_after (${formatDuration(degraded_after)}) must not be longer ` +
        `than health.failing_after (${formatDuration(failing_after)})`;
    },
  },
  {
    paths: ["agent.path.run"],
    check: (config, platform) => checkSocketPath(socketPath(config), platform),
  },
];
