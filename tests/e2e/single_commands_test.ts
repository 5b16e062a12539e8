/**
 * From registration to an acknowledged event by commands that end by themselves: without signals and without a running
 * agent, and therefore the part of the end-to-end suite that runs on every platform.
 *
 * @module
 */

import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { agent } from "../support/agent_process.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

Deno.test("an agent is registered, and an event acknowledged, without a running agent", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const config = ["--config", side.configPath];
  const run = (...args: string[]) => agent([...args, ...config]);

  const unregistered = await run("send-test-event");
  assert.equal(unregistered.code, 4, unregistered.stderr);

  const login = ["--url", server.managementUrl, "--user", "wazuh", "--password-stdin"];
  const registered = await agent(["register", ...login, ...config], { stdin: "topsecret\n" });
  assert.equal(registered.code, 0, registered.stderr);
  const again = await agent(["register", ...login, ...config], { stdin: "topsecret\n" });
  assert.equal(again.code, 12, again.stderr);

  const sent = await run("send-test-event", "--count", "3", "--message", "from a test", "--json");
  assert.equal(sent.code, 0, sent.stderr);
  const events = await server.events();
  const received = events.filter(({ data }) => JSON.stringify(data).includes("from a test"));
  assert.equal(received.length, 3);

  const status = await run("status", "--json");
  assert.equal(status.code, 3, status.stderr);
  assert.equal(JSON.parse(status.stdout).running, false);
  const health = await run("status", "--check");
  assert.equal(health.code, 17, health.stderr);
  assert.match(health.stdout, /^FAILING, 1 reason\n- failing not_running: .*\n {2}Try: start it/);
  const commands = await run("commands", "--json");
  assert.deepEqual([commands.code, JSON.parse(commands.stdout).commands], [0, []]);
});

Deno.test("version, help and configuration need nothing but the executable", async () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("agent.yaml"), "queue: { max_events: many }\n");
  assert.equal((await agent(["--version"])).stdout, `${project.version}\n`);
  assert.match((await agent(["--help"])).stdout, /^Usage: agent /);
  assert.match((await agent(["completions", "powershell"])).stdout, /Register-ArgumentCompleter/);
  const { code, stderr } = await agent(["config", "check", "--config", folder.file("agent.yaml")]);
  assert.equal(code, 5);
  assert.match(stderr, /agent\.yaml:1:22: queue\.max_events/);
});
