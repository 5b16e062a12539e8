/**
 * Checks of active responses, from the data folder.
 *
 * @module
 */

import type { ResponseReport } from "../../../../shared/protocol/responses.ts";
import { pluralize } from "../../../../shared/text.ts";
import { listResponses } from "../../stopped/read_responses.ts";
import type { DoctorCheck, Finding } from "../check.ts";

/** Whether what is over was reverted. */
export const RESPONSES: DoctorCheck = {
  id: "agent.responses",
  group: "agent",
  needs: ["database.sound"],
  async run(context): Promise<Finding> {
    const responses = listResponses(await context.config());
    const failing = responses.filter(({ attempts }) => attempts > 0);
    if (failing.length > 0) return notReverted(failing);
    const running = await context.running().catch(() => undefined);
    const nowMs = context.options.clock.now();
    const over = responses.filter(({ expires_at: at }) => at !== null && Date.parse(at) < nowMs);
    if (running === undefined && over.length > 0) return nobodyReverts(over);
    if (responses.length === 0) return { status: "ok", message: "nothing is enabled" };
    return { status: "ok", message: `${pluralize(responses.length, "response")} enabled` };
  },
};

function notReverted(failing: readonly ResponseReport[]): Finding {
  const [first] = failing;
  return {
    status: "fail",
    message: `${pluralize(failing.length, "response is", "responses are")} over and still in ` +
      `effect: ${first?.failure}`,
    detail: failing.slice(0, 10).map(({ key, failure, attempts, next_try_at }) =>
      `${key}: ${failure} (tried ${pluralize(attempts, "time")}, next at ${next_try_at})`
    ),
    try: "mend what it says, then: agent responses revert --all",
  };
}

function nobodyReverts(over: readonly ResponseReport[]): Finding {
  return {
    status: "warn",
    message: `${pluralize(over.length, "response is", "responses are")} over, and no agent runs ` +
      "that reverts what the kernel does not",
    try: "start the agent, or: agent responses revert --all",
  };
}
