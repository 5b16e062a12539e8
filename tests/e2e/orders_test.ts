/** Commands from a request at the manager to a result from every agent, with real processes. */

import assert from "node:assert/strict";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, numbered, OwnServer } from "../support/scene.ts";
import { addScript } from "../support/scripts.ts";

const SCRIPTS_ON = "active_response.enabled: true";

/** Lines of a file; none when there is no file. */
function linesOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}

async function untilExists(path: string): Promise<void> {
  while (linesOf(path).length === 0) await new Promise((resolve) => setTimeout(resolve, 25));
}

/** Asks `ps`, as Deno lets nobody without all permissions read `/proc`. */
async function isAlive(pid: number): Promise<boolean> {
  const { code, stdout } = await new Deno.Command("ps", {
    args: ["-o", "stat=", "-p", String(pid)],
  }).output();
  return code === 0 && !new TextDecoder().decode(stdout).trim().startsWith("Z");
}

Deno.test("each kind of command ends as it should: success, failure, time-out, restart", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server, [SCRIPTS_ON]);
  const { id } = await side.register();
  await using agent = await side.start();
  const target = { type: "agent", id } as const;
  const run = async (name: string, args?: object, timeout?: number) => {
    const [order] = await desk.outcomes(
      await desk.send(target, { name, ...(args && { args }) }, timeout),
    );
    assert.ok(order?.result, JSON.stringify(order));
    return { status: order.status, ...order.result };
  };

  const unknown = await run("reboot");
  assert.equal(unknown.status, "failure");
  assert.match(unknown.message, /unknown action "reboot"/);

  const wrong = await run("set-group", { groups: "web" });
  assert.equal(wrong.status, "failure");
  assert.match(wrong.message, /groups/);

  const missing = await run("set-group", { groups: ["web"] });
  assert.equal(missing.status, "failure");
  assert.match(missing.message, /web\.yml/);

  await desk.putFile("web.yml", "events: { batch_evnts: 5 }\n");
  const invalid = await run("set-group", { groups: ["web"] });
  assert.equal(invalid.status, "failure");
  assert.match(invalid.message, /web\.yml.*batch_evnts/);
  assert.deepEqual((await agent.status()).agent?.groups, []);

  const extra = folder.file("extra.log");
  await desk.putFile("web.yml", "events: { batch_events: 50 }\nlog: { level: debug }\n");
  const grouped = await run("set-group", { groups: ["web"] });
  assert.equal(grouped.status, "success", grouped.message);
  assert.deepEqual((await agent.status()).agent?.groups, ["web"]);
  assert.equal((await run("fetch-config")).message, "unchanged");

  addScript(side, "echo.sh", ['cat; echo; echo "$1" >&2; exit 3']);
  const script = await run("run-script", { name: "echo.sh", arguments: ["a b"], input: { n: 1 } });
  assert.equal(script.status, "failure");
  const output = JSON.parse(script.data ?? "{}");
  assert.equal(output.exit_status, 3);
  assert.deepEqual(JSON.parse(output.stdout), { n: 1 });
  assert.equal(output.stderr.trim(), "a b");

  addScript(side, "slow.sh", [`sleep 300 & echo $! > ${extra}`, "wait"]);
  const late = await run("run-script", { name: "slow.sh" }, 1);
  assert.equal(late.code, 3);
  assert.equal(late.status, "failure");
  const [child] = linesOf(extra);
  while (await isAlive(Number(child))) await new Promise((resolve) => setTimeout(resolve, 25));

  const state = await run("status");
  assert.equal(JSON.parse(state.data ?? "{}").schema, 1);

  const config = Deno.readTextFileSync(side.configPath);
  Deno.writeTextFileSync(side.configPath, `${config}nonsense: 1\n`);
  const refused = await run("restart");
  assert.equal(refused.status, "failure");
  assert.match(refused.message, /nonsense/);
  Deno.writeTextFileSync(side.configPath, config);

  const before = (await agent.status()).uptime_s ?? 0;
  const restarted = await run("restart");
  assert.equal(restarted.status, "success", restarted.message);
  const after = await agent.until(({ state }) => state.name === "connected");
  assert.ok((after.uptime_s ?? 0) < before + 60);
  assert.deepEqual(after.agent?.groups, ["web"]);
  const again = await run("restart");
  assert.equal(again.status, "failure");
  assert.match(again.message, /less than a minute ago; the next restart is possible at 20/);
  side.write(numbered(3));
  await agent.until(({ streams }) => streams.stateless.queued_events === 0);

  const listed = await side.command("commands", "--json");
  assert.equal(listed.code, 0, listed.stderr);
  const { commands } = JSON.parse(listed.stdout);
  assert.ok(commands.every(({ state }: { state: string }) => state === "reported"));
  assert.equal(await agent.stop(), 0);
});

Deno.test("an agent killed while a script runs reports it as a failure, and runs nothing twice", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server, [SCRIPTS_ON]);
  const { id } = await side.register();
  const marks = folder.file("marks");
  addScript(side, "mark.sh", [`echo begun >> ${marks}`, "sleep 2"]);
  const ids: string[] = [];
  {
    await using agent = await side.start();
    ids.push(
      ...await desk.send({ type: "agent", id }, { name: "run-script", args: { name: "mark.sh" } }),
    );
    await untilExists(marks);
    await agent.stop("SIGKILL");
  }
  await using agent = await side.start();
  const [order] = await desk.outcomes(ids);
  assert.equal(order?.status, "failure");
  assert.match(order?.result?.message ?? "", /agent stopped during execution/);
  assert.deepEqual(linesOf(marks), ["begun"]);
  assert.equal(await agent.stop(), 0);
});

Deno.test("an agent that was restarted ends with the process that started it, also by SIGKILL", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  using desk = await OrderDesk.open(server);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  {
    await using agent = await side.start();
    const first = (await agent.status()).pid;
    await desk.outcomes(await desk.send({ type: "agent", id }, { name: "restart" }));
    const { pid } = await agent.until(({ pid }) => pid !== first);
    if (Deno.build.os === "linux" && !Deno.env.has("AGENT_BIN")) {
      // Deno itself reads nothing of other processes.
      const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/environ`] }).output();
      const environment = new TextDecoder().decode(stdout).split("\0");
      assert(environment.includes("DENO_NO_UPDATE_CHECK=1"), "the new process asks for updates");
    }
    agent.signal("SIGKILL");
    while ((await side.command("status")).code !== 3);
  }
  await using agent = await side.start();
  assert.equal(await agent.stop(), 0);
});

Deno.test("a restart of the manager with orders pending and sent loses none of them", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, [SCRIPTS_ON]);
  const { id } = await side.register();
  const marks = folder.file("marks");
  addScript(side, "mark.sh", [`echo "$1" >> ${marks}`, "sleep 1"]);
  const ids: string[] = [];
  const send = async (desk: OrderDesk, mark: string) => {
    const args = { name: "mark.sh", arguments: [mark] };
    ids.push(...await desk.send({ type: "agent", id }, { name: "run-script", args }));
  };
  {
    using desk = await OrderDesk.open(server);
    for (const mark of ["pending 1", "pending 2"]) await send(desk, mark);
  }
  await server.goAway();
  await server.comeBack();
  await using agent = await side.start();
  await untilExists(marks);
  {
    using desk = await OrderDesk.open(server);
    await send(desk, "sent");
  }
  await server.goAway();
  await server.comeBack();
  using desk = await OrderDesk.open(server);
  const orders = await desk.outcomes(ids);
  assert.deepEqual(orders.map(({ status }) => status), ["success", "success", "success"]);
  assert.deepEqual(linesOf(marks).toSorted(), ["pending 1", "pending 2", "sent"]);
  assert.equal(await agent.stop(), 0);
});

/** From source an agent costs a second of processor time before it does anything; the executable a tenth of that. */
const FLEET = Deno.env.has("AGENT_BIN") ? 50 : 15;

Deno.test(`${FLEET} agents: a group's orders, answers dropped after writing, each script run exactly once`, async () => {
  using folder = new TempFolder();
  const faults = ["--fault", "commands:drop-after-send:0.3", "--fault-seed", "11"];
  await using server = await OwnServer.start(folder, [...faults, "--offer-grace", "1s"]);
  using desk = await OrderDesk.open(server);
  await desk.putFile("fleet.yml", "events: { batch_events: 500 }\n");
  const marks = folder.file("marks");
  const ids: string[] = [];
  using homes = new DisposableStack();
  await using agents = new AsyncDisposableStack();
  for (let first = 0; first < FLEET; first += 5) {
    await Promise.all(Array.from({ length: 5 }, async (_, offset) => {
      const side = new AgentSide(homes.use(new TempFolder()), server, [SCRIPTS_ON]);
      const { id } = await side.register("--name", `fleet-${first + offset}`, "--groups", "fleet");
      addScript(side, "mark.sh", [`echo ${first + offset} >> ${marks}`]);
      agents.use(await side.start());
      ids.push(id);
    }));
  }
  const fleet = { type: "group", id: "fleet" } as const;
  const requests = {
    groups: await desk.send(fleet, { name: "set-group", args: { groups: ["fleet"] } }),
    scripts: await desk.send(fleet, { name: "run-script", args: { name: "mark.sh" } }),
    unknown: await desk.send(fleet, { name: "reboot" }),
    wrong: await desk.send(fleet, { name: "run-script", args: { nam: "mark.sh" } }),
  };
  for (const [what, ids] of Object.entries(requests)) {
    assert.equal(ids.length, FLEET, what);
    const expected = what === "groups" || what === "scripts" ? "success" : "failure";
    for (const order of await desk.outcomes(ids)) {
      assert.equal(order.status, expected, JSON.stringify(order));
    }
  }
  const restarts = await Promise.all(
    ids.slice(0, 3).map((id) => desk.send({ type: "agent", id }, { name: "restart" })),
  );
  for (const order of await desk.outcomes(restarts.flat())) {
    assert.equal(order.status, "success", JSON.stringify(order));
  }
  const expected = Array.from({ length: FLEET }, (_, index) => String(index));
  assert.deepEqual(linesOf(marks).toSorted(), expected.toSorted());
});
