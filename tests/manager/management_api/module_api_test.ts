import assert from "node:assert/strict";
import { report, Scene } from "../commands/scene.ts";
import { assertRefused } from "../harness.ts";

const MODULES = [{ name: "inventory", state: "running" }, { name: "fim", state: "disabled" }];
const STATUS = { action: { name: "status", args: {}, version: "5.0.0" } };

Deno.test("GET /manager/agents/ID/modules shows what the agent's newest status says of them", async () => {
  await using scene = await Scene.open({ archiveAfterMs: 0 });
  const agent = await scene.agent("box");
  const path = `/manager/agents/${agent.agentId}/modules`;
  await assertRefused(
    await scene.manage(path),
    404,
    /has told no status: order the action "status"/,
  );
  const tell = async (modules: object[]) => {
    const id = await scene.order(agent, STATUS);
    const data = JSON.stringify({ schema: 1, modules });
    await report(agent, id, { code: 0, message: "status", data });
    return id;
  };
  await tell([{ name: "inventory", state: "starting" }]);
  // The one before is in the archive by then.
  await scene.clock.advance(1_000);
  const id = await tell(MODULES);
  await scene.order(agent, STATUS);
  assert.deepEqual(await (await scene.manage(path)).json(), {
    modules: MODULES,
    told_at: new Date(scene.clock.now()).toISOString(),
    document_id: id,
  });
});

Deno.test("GET /manager/agents/ID/modules is 404 for an unknown agent, and for a status that is none", async () => {
  await using scene = await Scene.open();
  const agent = await scene.agent("box");
  const unknown = "0190a0b0-0000-7000-8000-000000000001";
  await assertRefused(await scene.manage(`/manager/agents/${unknown}/modules`), 404, /No agent/);
  for (const data of ["{", "[]", '{"modules":[1]}', null]) {
    const id = await scene.order(agent, STATUS);
    await report(agent, id, { code: 0, message: "status", data });
    await assertRefused(
      await scene.manage(`/manager/agents/${agent.agentId}/modules`),
      404,
      /no status/,
    );
  }
});
