/**
 * Checks of the running agent, by its own word.
 *
 * @module
 */

import { durationText } from "../../../../shared/text.ts";
import type { HealthReason } from "../../../../shared/protocol/health.ts";
import type { DoctorCheck, Finding } from "../check.ts";

/** Whether one runs. That none does is no failure: then what it would do is tried without it. */
export const AGENT_ANSWERS: DoctorCheck = {
  id: "agent.answers",
  group: "agent",
  needs: ["config.loads"],
  async run(context): Promise<Finding> {
    const running = await context.running();
    if (running === undefined) {
      return {
        status: "warn",
        message: "no agent runs on this data folder",
        try: "when nothing below fails: agent run, or as a service: systemctl start agent",
      };
    }
    const { pid, uptime_s, agent } = running;
    const since = uptime_s === null ? "" : `, up for ${durationText(uptime_s)}`;
    return { status: "ok", message: `process ${pid}${since}, version ${agent?.version}` };
  },
};

/** What it says of itself. */
export const AGENT_HEALTH: DoctorCheck = {
  id: "agent.health",
  group: "agent",
  needs: ["agent.answers"],
  async run(context): Promise<Finding> {
    const running = await context.running();
    if (running === undefined) return { status: "skip", message: "no agent runs" };
    const { name, reasons } = running.health;
    const [worst, ...others] = reasons;
    if (worst === undefined) return { status: "ok", message: name };
    return {
      status: name === "failing" ? "fail" : name === "degraded" ? "warn" : "ok",
      message: `${name}: ${worst.message}${alsoText(others)}`,
      detail: reasons.map(({ code, message }) => `${code}: ${message}`),
      ...(name !== "healthy" && { try: worst.hint }),
    };
  },
};

/** The others by their codes: `agent status` has their words. */
function alsoText(reasons: readonly HealthReason[]): string {
  const codes = reasons.filter(({ level }) => level !== "note").map(({ code }) => code);
  return codes.length === 0 ? "" : `; also ${codes.join(", ")}: agent status`;
}
