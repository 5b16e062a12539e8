import assert from "node:assert/strict";
import { moduleChecks } from "../../../../src/agent/app/doctor/checks/module_checks.ts";
import type { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";
import { resolveConfig } from "../../../../src/agent/config/load.ts";
import { moduleOptions } from "../../../../src/agent/config/schema.ts";
import type { ControlClient } from "../../../../src/agent/control/control_client.ts";
import { optionsDigest } from "../../../../src/agent/modules/checks.ts";
import { MODULES } from "../../../../src/agent/modules/modules.ts";
import { AgentError } from "../../../../src/shared/errors.ts";
import type { ModuleCheckReport } from "../../../../src/shared/protocol/local_api.ts";

const TEXT = "logcollector.localfiles: [{location: /nowhere/*.log}]\n";
const { config } = resolveConfig({ path: "agent.yaml", text: TEXT }, { env: {} });

/** What the check `matches` finds, of which this process has found that nothing does. */
async function found(agent: (() => ModuleCheckReport) | undefined) {
  const check = moduleChecks(MODULES).find(({ id }) => id === "modules.logcollector.matches");
  const client = { checkModule: () => Promise.resolve().then(agent) };
  const context = {
    options: { signal: new AbortController().signal },
    config: () => Promise.resolve(config),
    running: () => Promise.resolve(agent && {}),
    askAgent: <T>(ask: (client: ControlClient) => T) => ask(client as unknown as ControlClient),
  } as unknown as DoctorContext;
  return await check?.run(context);
}

Deno.test("a check of a module says what the running agent finds, which may read what this user may not", async () => {
  const options = optionsDigest(moduleOptions(config, "logcollector"));
  const said = await found(() => ({ options, status: "ok", message: "as it should be" }));
  assert.deepEqual(said, { status: "ok", message: "as it should be" });
});

Deno.test("a check of a module is made here without an agent, beside one with other options, and beside one that does not know it", async () => {
  const others = () => ({ options: "other", status: "ok", message: "fine" } as const);
  const older = () => {
    throw new AgentError("usage", "No such resource");
  };
  for (const agent of [undefined, others, older]) {
    assert.equal((await found(agent))?.status, "warn");
  }
});
