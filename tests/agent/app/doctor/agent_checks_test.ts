import assert from "node:assert/strict";
import { AGENT_HEALTH } from "../../../../src/agent/app/doctor/checks/agent_checks.ts";
import type { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";
import { ago, documentOf, WELL } from "../../../support/status_documents.ts";

Deno.test("the doctor tells the worst reason of the agent's health in words, and the others by their codes", async () => {
  const running = documentOf({
    ...WELL,
    metrics: { listen: null, reason: "another program listens", since: ago(1) },
    queue: { ...WELL.queue, disk_low: true, kept_dead_letters: 1 },
  });
  const context = { running: () => Promise.resolve(running) } as unknown as DoctorContext;
  const { status, message } = await AGENT_HEALTH.run(context);
  assert.equal(status, "fail");
  assert.match(
    message,
    /^failing: The disk is nearly full.*; also metrics_not_served: agent status$/,
  );
});
