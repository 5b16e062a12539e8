/**
 * The one place that says how well the agent does: a pure function of the status document.
 *
 * @module
 */

import type { HealthLevel, HealthReason, HealthReport } from "../../../shared/protocol/health.ts";
import { AGENT_RULES } from "./agent_rules.ts";
import { MODULE_RULES } from "./module_rules.ts";
import { QUEUE_RULES } from "./queue_rules.ts";
import type { HealthContext, Rule, StatusFacts } from "./rule.ts";
import { SERVER_RULES } from "./server_rules.ts";

/** What is likelier the cause of the others stands first. */
const RULES: readonly Rule[] = [...AGENT_RULES, ...SERVER_RULES, ...QUEUE_RULES, ...MODULE_RULES];

const LEVELS: readonly HealthLevel[] = ["failing", "degraded", "note"];

/** How well the agent of a status document does. */
export function healthOf(facts: StatusFacts, context: HealthContext): HealthReport {
  const reasons = RULES.flatMap((rule) => rule(facts, context))
    .toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const worst = reasons[0]?.level ?? "note";
  if (worst === "note") return { name: "healthy", since: null, reasons };
  return { name: worst, since: oldest(reasons.filter(({ level }) => level === worst)), reasons };
}

function oldest(reasons: readonly HealthReason[]): string | null {
  const [first = null] = reasons.flatMap(({ since }) => since ?? []).toSorted();
  return first;
}
