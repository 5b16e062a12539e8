/** An order on a way that grows slow once it has come, with real processes. */

import assert from "node:assert/strict";
import { ConnectProxy } from "../support/connect_proxy.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";
import { addScript } from "../support/scripts.ts";

Deno.test("an order is not run once its failure was told, however slow the way to the manager is", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder, [
    "--offer-grace",
    "500ms",
    "--poll-timeout",
    "1h",
  ]);
  using desk = await OrderDesk.open(server);
  await using proxy = new ConnectProxy();
  const side = new AgentSide(folder, server, [
    "active_response.enabled: true",
    `agent.proxy: ${proxy.url()}`,
  ]);
  const { id } = await side.register();
  const ran = folder.file("ran");
  addScript(side, "touch.sh", [`touch ${ran}`]);
  await using agent = await side.start();
  const { server: { proxy: shown } } = await agent.until(({ commands }) =>
    commands.state === "waiting" && proxy.asked.length > 1
  );
  assert.equal(shown, proxy.url());
  proxy.delayMs = 4_000;
  const ids = await desk.send({ type: "agent", id }, {
    name: "run-script",
    args: { name: "touch.sh" },
  }, 1);
  const [order] = await desk.outcomes(ids);
  assert.equal(order?.result?.message, "no result");
  proxy.delayMs = 0;
  await agent.until(({ commands }) => commands.failed === 1);
  assert.throws(() => Deno.statSync(ran), Deno.errors.NotFound);
});
