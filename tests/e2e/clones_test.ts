/** A data folder that was copied to a second machine, as the manager sees it, with real processes. */

import assert from "node:assert/strict";
import { AgentProcess } from "../support/agent_process.ts";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

/** Copies the data folder and gives the copy a configuration of its own. */
async function clone(side: AgentSide): Promise<{ configPath: string; runFolder: string }> {
  const { folder } = side;
  const [data, copy] = [folder.file("data"), folder.file("data-2")];
  await new Deno.Command("cp", { args: ["-a", data, copy] }).output();
  const [configPath, runFolder] = [folder.file("agent-2.yaml"), folder.file("run-2")];
  const config = Deno.readTextFileSync(side.configPath)
    .replace(`path.data: ${data}`, `path.data: ${copy}`)
    .replace(`path.run: ${side.runFolder}`, `path.run: ${runFolder}`);
  Deno.writeTextFileSync(configPath, config);
  return { configPath, runFolder };
}

Deno.test("two agents with one data folder's copy are found, and an order for them says so", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  const { configPath, runFolder } = await clone(side);
  await using _first = await side.start();
  await using _second = await AgentProcess.start(configPath, runFolder);
  using desk = await OrderDesk.open(server);
  const [found] = await eventually(
    () => desk.agents(),
    (agents) => agents.some(({ cloned_since }) => cloned_since !== null),
  );
  assert.notDeepEqual(found?.cloned_signals, []);
  const ids = await desk.send({ type: "agent", id }, { name: "status" });
  const [order] = await desk.outcomes(ids);
  assert.equal(order?.result?.message, "not given: several machines use this agent's id");
});

Deno.test("one agent that is stopped, killed and started again is never taken for two", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  using desk = await OrderDesk.open(server);
  for (const signal of ["SIGTERM", "SIGKILL", "SIGKILL", "SIGTERM", "SIGKILL"] as const) {
    await using agent = await side.start();
    side.write(["a line"]);
    await agent.until(({ commands }) => commands.state === "waiting");
    await agent.until(({ streams }) => streams.stateless.acknowledged_events > 0);
    await agent.stop(signal);
  }
  const [shown] = await desk.agents();
  assert.deepEqual([shown?.cloned_since, shown?.cloned_signals], [null, []]);
});
