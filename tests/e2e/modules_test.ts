/** Modules enabled, disabled, scanned and reset: on the machine and from the manager, with real processes. */

import assert from "node:assert/strict";
import type { AgentProcess } from "../support/agent_process.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";

const acknowledged =
  (count: number) => ({ streams }: Awaited<ReturnType<AgentProcess["status"]>>) =>
    streams.stateless.acknowledged_events >= count;

type Status = Awaited<ReturnType<AgentProcess["status"]>>;

const logcollectorIn = ({ modules }: Pick<Status, "modules">) =>
  modules.find(({ name }) => name === "logcollector");

async function moduleOf(agent: AgentProcess) {
  const module = logcollectorIn(await agent.status());
  assert.ok(module);
  return module;
}

Deno.test("agent modules disable and enable change one line and only that module; no line is lost", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  side.write(numbered(50, "first"));
  await agent.until(acknowledged(50));
  const before = Deno.readTextFileSync(side.configPath);

  const disabled = await side.command("modules", "disable", "logcollector");
  assert.equal(disabled.code, 0, disabled.stderr);
  const line = before.split("\n").length;
  assert.equal(
    disabled.stdout,
    `${side.configPath}:${line}\n+ logcollector.enabled: false\nApplied: logcollector.enabled\n`,
  );
  assert.equal(
    Deno.readTextFileSync(side.configPath),
    `${before}logcollector.enabled: false\n`,
  );
  const module = await moduleOf(agent);
  assert.deepEqual([module.state, module.enabled, module.enabled_by.source], [
    "disabled",
    false,
    "file",
  ]);
  side.write(numbered(50, "second"));
  const listed = await side.command("modules", "--json");
  assert.equal(logcollectorIn(JSON.parse(listed.stdout))?.state, "disabled");
  assert.match(
    (await side.command("status")).stdout,
    /^logcollector +disabled: disabled by .*agent\.yaml:/m,
  );

  const enabled = await side.command("modules", "enable", "logcollector", "--json");
  assert.equal(enabled.code, 0, enabled.stderr);
  assert.deepEqual(JSON.parse(enabled.stdout).reload.applied, ["logcollector.enabled"]);
  await agent.until(acknowledged(100));
  assert.equal((await moduleOf(agent)).state, "running");
  assert.equal(await agent.stop(), 0);
  const expected = ["first", "second"].flatMap((name) => numbered(50, name));
  assert.deepEqual(logLines(await server.events()), expected);
});

Deno.test("agent modules scan finds at once what would have been found much later", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const config = Deno.readTextFileSync(side.configPath)
    .replace(/reload_interval: .*/, "reload_interval: 24h")
    .replace(/read_interval: .*/, "read_interval: 1h")
    .replace(/localfiles: .*/, `localfiles: [{ location: ${folder.file("*.log")} }]`);
  Deno.writeTextFileSync(side.configPath, config);
  await side.register();
  await using agent = await side.start();
  await agent.until((status) => logcollectorIn(status)?.details.files === 1);
  Deno.writeTextFileSync(folder.file("late.log"), "late\n");
  const scanned = await side.command("modules", "scan", "logcollector");
  assert.equal(scanned.code, 0, scanned.stderr);
  assert.match(scanned.stdout, /^logcollector has scanned, in \d+ ms\n$/);
  await agent.until(acknowledged(1));
  assert.deepEqual(logLines(await server.events()), ["late"]);
  const { next_scan_at: next, scans } = await moduleOf(agent);
  assert.equal(scans, true);
  assert.ok(Date.parse(next ?? "") > Date.now() + 23 * 3_600_000);
  const text = (await side.command("modules")).stdout;
  assert.match(text, /^logcollector +yes +default +running +20\S+Z +- +1 +- +20\S+Z +0 +-$/m);
});

Deno.test("the manager's word on a module outlives a restart, is stronger than the file, and is forgotten by reset", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server, [
    "remote.allow.options: [logcollector.enabled]",
  ]);
  const { id } = await side.register();
  const run = async (name: string, args: object) => {
    const [order] = await desk.outcomes(
      await desk.send({ type: "agent", id }, { name, args }),
    );
    assert.ok(order?.result, JSON.stringify(order));
    return { status: order.status, message: order.result.message };
  };
  {
    await using agent = await side.start();
    assert.deepEqual(await run("disable-module", { name: "logcollector" }), {
      status: "success",
      message: "logcollector is disabled",
    });
    const { state, enabled_by: by, reason } = await moduleOf(agent);
    assert.deepEqual([state, by.source], ["disabled", "command"]);
    assert.match(reason ?? "", /^disabled by command disable-module of 20/);

    const unknown = await run("enable-module", { name: "logcolector" });
    assert.equal(unknown.status, "failure");
    assert.match(unknown.message, /did you mean "logcollector".*name one of these: .*logcollector/);
    const wrong = await run("scan-module", {});
    assert.match(wrong.message, /args\.name/);
    const off = await run("scan-module", { name: "logcollector" });
    assert.equal(off.status, "failure");
    assert.match(off.message, /"logcollector" is disabled/);
    assert.equal(await agent.stop(), 0);
  }
  await using agent = await side.start();
  assert.equal((await moduleOf(agent)).state, "disabled");
  const shown = await side.command("config", "show");
  assert.match(shown.stdout, /enabled: false # command disable-module of 20/);

  const stays = await side.command("modules", "enable", "logcollector");
  assert.equal(stays.code, 1);
  assert.match(
    stays.stderr,
    /stays disabled: command disable-module of .* is stronger\nTry: agent modules reset logcollector\n/,
  );

  const reset = await side.command("modules", "reset", "logcollector");
  assert.equal(reset.code, 0, reset.stderr);
  assert.match(reset.stdout, /^Forgotten: logcollector was disabled by the server at 20/);
  assert.equal((await moduleOf(agent)).enabled_by.source, "file");
  assert.equal((await moduleOf(agent)).enabled, true);
  assert.equal(
    (await run("scan-module", { name: "logcollector" })).message,
    "logcollector has scanned",
  );
  side.write(numbered(10));
  await agent.until(acknowledged(10));
  assert.equal(await agent.stop(), 0);

  const again = await side.command("modules", "reset", "logcollector", "--json");
  assert.deepEqual(JSON.parse(again.stdout), {
    schema: 1,
    name: "logcollector",
    removed: null,
    set_aside_as: null,
    reload: null,
  });
});

Deno.test("a module paused by order rests while the agent runs, and a scan by order is one of its operations", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server, ["remote.allow.options: [logcollector.enabled]"]);
  const { id } = await side.register();
  await using agent = await side.start();
  const run = async (args: object) => {
    const action = { name: "module", args: { name: "logcollector", ...args } };
    const [order] = await desk.outcomes(await desk.send({ type: "agent", id }, action));
    return `${order?.status}: ${order?.result?.message}`;
  };
  side.write(numbered(10, "first"));
  await agent.until(acknowledged(10));
  assert.equal(await run({ operation: "pause" }), "success: logcollector is paused");
  side.write(numbered(10, "second"));
  const shown = await side.command("modules", "show", "logcollector");
  assert.match(shown.stdout, /^reason +paused by an order of the server$/m);
  assert.match(shown.stdout, /^try +agent modules resume logcollector$/m);
  assert.match(await run({ operation: "scan" }), /^failure: .*"logcollector" is paused/);
  const resumed = await side.command("modules", "resume", "logcollector", "--json");
  assert.deepEqual(JSON.parse(resumed.stdout), { schema: 1, name: "logcollector", paused: false });
  await agent.until(acknowledged(20));
  assert.equal(await run({ operation: "scan" }), "success: logcollector has scanned");
  const begun = await side.command("modules", "scan", "logcollector", "--no-wait");
  assert.match(begun.stdout, /^logcollector has begun to scan/);
  const wrong = await side.command("modules", "scan", "logcollector", "packages");
  assert.equal(wrong.code, 2, wrong.stderr);
  assert.equal(await agent.stop(), 0);
  const expected = ["first", "second"].flatMap((name) => numbered(10, name));
  assert.deepEqual(logLines(await server.events()), expected);
});

Deno.test("agent modules disable --for ends by itself in the running agent", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  const off = await side.command("modules", "disable", "logcollector", "--for", "3s");
  assert.equal(off.code, 0, off.stderr);
  await agent.until((status) => logcollectorIn(status)?.state === "running");
  assert.equal((await moduleOf(agent)).enabled_by.source, "default");
  assert.equal(await agent.stop(), 0);
});
