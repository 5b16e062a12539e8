/** The configuration of groups comes by itself: at the registration, at each start, and in between. */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

Deno.test("an agent has its groups' configuration from the registration on, follows changes, and keeps the last good one", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const shared = folder.file("manager/files/web.yml");
  Deno.mkdirSync(folder.file("manager/files"), { recursive: true });
  const write = (text: string) => Deno.writeTextFileSync(shared, text);
  write("events.batch_events: 111\n");
  const side = new AgentSide(folder, server, ["agent.shared_config_interval: 1h"]);
  await side.register("--groups", "web,plain");
  const shown = async () => JSON.parse((await side.command("config", "show", "--json")).stdout);
  const batchEvents = async () => (await shown()).options["events.batch_events"];
  assert.deepEqual(await batchEvents(), {
    value: 111,
    source: "shared",
    at: "group web.yml:1:22",
  });
  assert.match(
    (await side.command("config", "show")).stdout,
    /^# Group file web\.yml, came \S+Z \(\d+ s ago\), at the server \S+Z \(\d+ s ago\)$/m,
  );
  const status = async () => JSON.parse((await side.command("status", "--json")).stdout);
  assert.equal((await status()).shared_config.state, "unknown");

  await using running = await side.start();
  const report = async () => (await status()).shared_config;
  const first = await eventually(report, ({ state }) => state === "current");
  assert.deepEqual(first.files.map(({ group }: { group: string }) => group), ["web"]);
  write("events.batch_events: 222\n");
  // A shorter interval counts from the reload on, not from the end of the longer one.
  side.configure(["agent.shared_config_interval: 200ms"]);
  assert.match((await side.command("reload")).stdout, /^Applied: .*shared_config_interval/);
  await eventually(batchEvents, ({ value }) => value === 222);

  write("events.batch_evnts: 333\n");
  const failing = await eventually(report, ({ state }) => state === "failing");
  assert.match(failing.reason, /web\.yml:1:1: events\.batch_evnts is not an option/);
  assert.equal((await batchEvents()).value, 222);
  const { stdout } = await side.command("status");
  assert.match(stdout, /^groups +web\.yml, .* ago; NOT UP TO DATE: Cannot use the group files/m);
  Deno.removeSync(shared);
  await eventually(report, ({ reason }) => /no such file/.test(reason ?? ""));
  assert.equal((await batchEvents()).value, 222);
  write("events.batch_events: 333\n");
  await eventually(batchEvents, ({ value }) => value === 333);
  await eventually(report, ({ state }) => state === "current");
  await running.stop();
});

Deno.test("an agent that is registered while its comms API is away says so, and gets its groups' configuration at its start", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  Deno.mkdirSync(folder.file("manager/files"), { recursive: true });
  Deno.writeTextFileSync(folder.file("manager/files/web.yml"), "events.batch_events: 111\n");
  const side = new AgentSide(folder, server);
  const { managementUrl } = server;
  Deno.writeTextFileSync(folder.file("password"), "topsecret\n");
  const away = Deno.readTextFileSync(side.configPath)
    .replace(/^agent.server_url: .*$/m, "agent.server_url: https://127.0.0.1:9");
  Deno.writeTextFileSync(side.configPath, away);
  const { code, stderr } = await side.command(
    ...["register", "--url", managementUrl, "--user", "wazuh", "--groups", "web"],
    ...["--password-file", folder.file("password")],
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Warning: The files of the groups are not here yet, .*127\.0\.0\.1:9/m);
  side.configure();
  await using running = await side.start();
  const shown = async () => JSON.parse((await side.command("config", "show", "--json")).stdout);
  await eventually(shown, ({ options }) => options["events.batch_events"].value === 111);
  await running.stop();
});
