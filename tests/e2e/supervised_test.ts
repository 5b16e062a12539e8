/** The agent under a service manager that wants to be told how it is. */

import assert from "node:assert/strict";
import { DatagramReceiver } from "../support/datagram_receiver.ts";
import { eventually } from "../support/eventually.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

Deno.test("the agent tells systemd of its start, its health, a reload and its stop", async () => {
  using folder = new TempFolder();
  using receiver = new DatagramReceiver(folder.file("notify"));
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  const env = { NOTIFY_SOCKET: receiver.address, WATCHDOG_USEC: "4000000" };
  await using agent = await side.start({ env: { ...env, AGENT_SUPERVISED: "systemd" } });
  let told = "";
  const until = async (text: RegExp) => {
    await eventually(() => {
      told += receiver.received().join("");
      return Promise.resolve(told);
    }, (all) => text.test(all));
  };
  await until(/READY=1\n[^]*WATCHDOG=1\n[^]*WATCHDOG=1\n/);
  await until(/STATUS=healthy; \d+ events? queued\n/);
  agent.signal("SIGHUP");
  await until(/RELOADING=1\n[^]*READY=1\n/);
  assert.equal(await agent.stop(), 0);
  await until(/STOPPING=1\n/);
});
