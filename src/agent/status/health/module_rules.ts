/**
 * Whether the modules do their work.
 *
 * @module
 */

import type { HealthReason } from "../../../shared/protocol/health.ts";
import type { ModuleProblem } from "../../../shared/protocol/part_status.ts";
import type { HealthContext, Rule } from "./rule.ts";

const failed: Rule = ({ modules }) => {
  const enabled = modules.filter((module) => module.enabled);
  const nothingWorks = enabled.every(({ state }) => state === "failed");
  return enabled.filter(({ state }) => state === "failed").map(({ name, since, reason }) => ({
    code: "module_failed",
    level: nothingWorks ? "failing" : "degraded",
    subject: name,
    message: `Module ${name} failed: ${reason}`,
    since,
    hint: "it starts again by itself; when it fails again, the log says more: agent logs",
  }));
};

const unavailable: Rule = ({ modules }) =>
  modules.filter(({ state }) => state === "unavailable").map((
    { name, reason, since, try: hint },
  ) => ({
    code: "module_unavailable",
    level: "degraded",
    subject: name,
    message: `Module ${name} cannot work here: ${reason}`,
    since,
    hint: hint ?? `disable it: agent modules disable ${name}`,
  }));

const noneEnabled: Rule = ({ modules }) => {
  const [first] = modules;
  if (first === undefined || modules.some(({ enabled }) => enabled)) return [];
  const why = modules.map(({ name, reason }) => `${name} is ${reason}`).join(", ");
  return [{
    code: "no_module_enabled",
    level: "degraded",
    subject: null,
    message: `Nothing is collected, since no module is enabled: ${why}`,
    since: first.since,
    hint: `enable one: agent modules enable ${first.name}`,
  }];
};

const problems: Rule = ({ modules }, context) =>
  modules.flatMap((module) => module.problems.map((problem) => reasonFor(problem, context)));

function reasonFor(
  { code, subject, message, since, hint }: ModuleProblem,
  { options: { unmatched_location } }: HealthContext,
): HealthReason {
  const ignored = code === "nothing_matches" && unmatched_location === "ignore";
  return { code, level: ignored ? "note" : "degraded", subject, message, since, hint };
}

const notTaken: Rule = ({ modules }) =>
  modules.flatMap(({ name, states = [] }) =>
    states.flatMap(({ collector, pause_reason, paused_until }) =>
      pause_reason === null ? [] : [{
        code: "collector_not_taken" as const,
        level: "degraded" as const,
        subject: `${name}/${collector}`,
        message: `The server does not take ${name}/${collector}: ${pause_reason}`,
        since: null,
        hint: `turn the collector off, or look at the server: it is asked again at ${paused_until}`,
      }]
    )
  );

/** See {@linkcode Rule}. */
export const MODULE_RULES: readonly Rule[] = [failed, noneEnabled, unavailable, problems, notTaken];
