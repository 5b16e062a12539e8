/** The manager as it is shipped, without faults and record, with an agent at it. */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { ManagerProcess } from "../support/manager_process.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, numbered } from "../support/scene.ts";

Deno.test("the manager registers an agent over TLS, stores its events, delivers an order and stops", async () => {
  using folder = new TempFolder();
  await using manager = await ManagerProcess.start({
    program: "manager",
    dataFolder: folder.file("manager"),
    args: ["--poll-timeout", "2s"],
  });
  const server = {
    managementUrl: manager.managementUrl,
    commsUrl: manager.commsUrl,
    caCertPath: manager.caCertPath,
    events: () => Promise.reject(new Error("The manager keeps no record")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const side = new AgentSide(folder, server);
  const { id } = await side.register("--name", "web-1");
  using desk = await OrderDesk.open(manager);
  await using agent = await side.start();
  side.write(numbered(50));
  await eventually(() => desk.storedEvents(), (stored) => stored >= 50);
  await desk.putFile("web.yml", "log: { level: debug }\n");
  const ids = await desk.send({ type: "agent", id }, {
    name: "set-group",
    args: { groups: ["web"] },
  });
  assert.deepEqual((await desk.outcomes(ids)).map(({ status }) => status), ["success"]);
  assert.equal(await agent.stop(), 0);
  const { code } = await manager.stop();
  if (Deno.build.os !== "windows") assert.equal(code, 0, manager.stderr);
});
