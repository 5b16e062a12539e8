/** Reading the configuration again while lines keep coming. */

import assert from "node:assert/strict";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";
import { addScript } from "../support/scripts.ts";

Deno.test("agent reload and SIGHUP change what is followed without losing or doubling a line", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  const other = folder.file("other.log");
  const append = (path: string, lines: string[]) =>
    Deno.writeTextFileSync(path, lines.map((line) => `${line}\n`).join(""), {
      append: true,
      create: true,
    });
  append(side.logPath, numbered(100, "first"));
  const both = `logcollector.localfiles: [{ location: ${side.logPath} }, { location: ${other} }]`;
  const config = Deno.readTextFileSync(side.configPath);
  const withBoth = config.replace(/logcollector\.localfiles.*/, both);
  Deno.writeTextFileSync(side.configPath, withBoth);
  const reloaded = await side.command("reload", "--json");
  assert.equal(reloaded.code, 0, reloaded.stderr);
  assert.deepEqual(JSON.parse(reloaded.stdout).applied, ["logcollector.localfiles"]);
  append(side.logPath, numbered(100, "second"));
  append(other, numbered(100, "other"));
  await agent.until(({ streams }) => streams.stateless.acknowledged_events === 300);

  Deno.writeTextFileSync(side.configPath, `${withBoth}events.batch_size: lots\n`);
  const invalid = await side.command("reload");
  assert.equal(invalid.code, 5);
  assert.match(invalid.stderr, /batch_size/);

  Deno.writeTextFileSync(
    side.configPath,
    `${withBoth}log.level: debug\nagent.login_path: /login\n`,
  );
  agent.signal("SIGHUP");
  append(other, numbered(100, "last"));
  await agent.until(({ streams }) => streams.stateless.acknowledged_events === 400);
  assert.equal(await agent.stop(), 0);
  assert.match(agent.stderr, /Configuration reloaded.*"applied":"log\.level".*"agent\.login_path"/);
  const expected = ["first", "second", "other", "last"].flatMap((name) => numbered(100, name));
  assert.deepEqual(logLines(await server.events()).toSorted(), expected.toSorted());
});

Deno.test("a reload that says that it applied the time limit of commands has applied it", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server, ["active_response.enabled: true"]);
  const { id } = await side.register();
  addScript(side, "slow", ["sleep 60"]);
  await using agent = await side.start();
  side.configure([
    "active_response.enabled: true",
    "commands: { default_timeout: 1s, max_timeout: 1s }",
  ]);
  const { stdout } = await side.command("reload", "--json");
  assert.deepEqual(JSON.parse(stdout).applied, [
    "commands.default_timeout",
    "commands.max_timeout",
  ]);
  const ids = await desk.send({ type: "agent", id }, {
    name: "run-script",
    args: { name: "slow" },
  });
  const [order] = await desk.outcomes(ids);
  assert.equal(order?.result?.code, 3, JSON.stringify(order));
  assert.equal(await agent.stop(), 0);
});
