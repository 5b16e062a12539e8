import assert from "node:assert/strict";
import { assertRefused, TestManager } from "../harness.ts";
import { report } from "../commands/scene.ts";
import { Fleet, type RolloutDocument } from "./scene.ts";

const sizes = ({ waves }: RolloutDocument) => waves.map(({ agents }) => agents);
const states = ({ waves }: RolloutDocument) => waves.map(({ state }) => state);

Deno.test("a rollout upgrades the agents of a group wave by wave, each when the one before has settled", async () => {
  await using fleet = await Fleet.open(20);
  const made = await fleet.begin();
  assert.deepEqual([made.state, made.agents, sizes(made)], ["running", 20, [1, 1, 18]]);
  const seen = new Set<string>();
  for (
    const [count, waves] of [[1, "settled running waiting"], [
      1,
      "settled settled running",
    ]] as const
  ) {
    const obeyed = await fleet.obey();
    assert.equal(obeyed.length, count);
    for (const id of obeyed) seen.add(id);
    const shown = await fleet.show();
    assert.deepEqual([shown.state, states(shown).join(" ")], ["running", waves]);
    assert.deepEqual([shown.upgraded, shown.open], [seen.size, shown.waves[seen.size]?.agents]);
  }
  for (const id of await fleet.obey()) seen.add(id);
  assert.equal(seen.size, 20);
  const done = await fleet.show();
  assert.deepEqual([done.state, done.upgraded, done.failed, done.waiting], ["done", 20, 0, 0]);
  assert.deepEqual(await fleet.obey(), []);
});

Deno.test("the order of a rollout carries version and manifest as they were signed", async () => {
  await using fleet = await Fleet.open(1);
  await fleet.begin();
  const [offer] = await fleet.offered();
  const { name, args } = offer?.order.action ?? {};
  const manifest = JSON.parse(await Deno.readTextFile(`${fleet.folder}/releases/agent.json`));
  assert.deepEqual([name, args], ["update", { version: "1.4.0", manifest }]);
  assert.equal(offer?.order.user, "wazuh");
  await fleet.operate("cancel");
  await report(offer?.agent ?? fleet.test, offer?.order.document_id ?? "", { code: 1 });
  await fleet.pass();
  await fleet.begin({ retry: true });
  const [again] = await fleet.offered();
  assert.deepEqual(again?.order.action.args, { version: "1.4.0", manifest, retry: true });
});

Deno.test("agents that are connected have their turn first", async () => {
  await using fleet = await Fleet.open(0);
  for (let number = 0; number < 5; number++) await fleet.enrol(`away-${number}`, ["web"], false);
  const there = await fleet.enrol("there");
  await fleet.begin({ waves: [1, "100%"] });
  assert.deepEqual((await fleet.offered()).map(({ agent }) => agent.agentId), [there.agentId]);
});

Deno.test("a rollout stops when more than its share failed, says why, and takes undelivered orders back", async () => {
  await using fleet = await Fleet.open(10);
  await fleet.begin({ waves: [2, "100%"], stop_when_failed: 0.5 });
  await fleet.obey();
  const offers = await fleet.offered();
  assert.equal(offers.length, 8);
  await fleet.restart();
  await fleet.pass(6_000);
  await fleet.obey(1, "signature_wrong: its signature is wrong");
  const stopped = await fleet.show();
  assert.deepEqual([stopped.state, stopped.reason], ["stopped", "8 of 10 agents failed"]);
  assert.deepEqual(stopped.waves[1]?.reasons.map(({ message, agents }) => [message, agents]), [
    ["signature_wrong: its signature is wrong", 8],
  ]);
});

Deno.test("a failure of the first agent keeps all others from the release", async () => {
  await using fleet = await Fleet.open(10);
  await fleet.begin();
  await fleet.obey(1, "trial_failed: it died");
  const stopped = await fleet.show();
  assert.deepEqual([stopped.state, stopped.failed, stopped.waiting], ["stopped", 1, 9]);
  assert.equal(stopped.waves[0]?.reasons[0]?.message, "trial_failed: it died");
  assert.deepEqual(await fleet.obey(), []);
  assert.deepEqual(states(await fleet.show()), ["settled", "waiting"]);
});

Deno.test("orders that no agent was sent are withdrawn at a stop, and their agents have their turn with the next wave", async () => {
  await using fleet = await Fleet.open(6);
  await fleet.begin({ waves: [4, "100%"], stop_when_failed: "10%" });
  // Only one of the four comes, and fails.
  const all = fleet.agents.splice(0);
  for (const agent of all) {
    fleet.agents.splice(0, 1, agent);
    if ((await fleet.obey(1, "bad")).length > 0) break;
  }
  assert.equal((await fleet.show()).state, "stopped");
  await fleet.pass();
  const stopped = await fleet.show();
  assert.deepEqual([states(stopped), sizes(stopped)], [["settled", "waiting"], [1, 5]]);
  fleet.agents.splice(0, 1, ...all);
  assert.deepEqual((await fleet.offered()).length, 0);
  await fleet.operate("resume");
  assert.equal((await fleet.obey()).length, 5);
  assert.deepEqual([(await fleet.show()).state, (await fleet.show()).upgraded], ["done", 5]);
});

Deno.test("agents that vanish before they are reached hold a wave for its timeout, and are no failures", async () => {
  await using fleet = await Fleet.open(4);
  await fleet.begin({ waves: ["50%", "100%"], stop_when_failed: "0%", timeout: 10 });
  await fleet.pass(7_000);
  assert.deepEqual(states(await fleet.show()), ["running", "waiting"]);
  await fleet.pass(3_000);
  const shown = await fleet.show();
  assert.deepEqual([states(shown), shown.not_reached, shown.failed], [
    ["settled", "running"],
    2,
    0,
  ]);
});

Deno.test("agents that take the order and are heard of no more have failed", async () => {
  await using fleet = await Fleet.open(4);
  await fleet.begin({ waves: ["50%", "100%"], timeout: 10 });
  assert.equal((await fleet.offered()).length, 2);
  await fleet.pass(20_000);
  const stopped = await fleet.show();
  assert.deepEqual([stopped.state, stopped.failed], ["stopped", 2]);
  assert.equal(stopped.waves[0]?.reasons[0]?.message, "no result");
});

Deno.test("agents that are removed hold nothing up, also when all of a wave are", async () => {
  await using fleet = await Fleet.open(4);
  await fleet.begin({ waves: [1, "75%", "100%"] });
  const [{ agent } = { agent: undefined }] = await fleet.offered();
  const remove = async (id: string) => {
    await fleet.test.manager.stores.agents.remove(id);
    await fleet.test.manager.commands.agentRemoved(id);
  };
  await remove(agent?.agentId ?? "");
  await fleet.pass();
  const left = fleet.agents.filter((one) => one !== agent);
  for (const { agentId } of left) await remove(agentId);
  await fleet.pass();
  await fleet.pass();
  const done = await fleet.show();
  assert.deepEqual([done.state, done.not_reached, done.failed], ["done", 4, 0]);
});

Deno.test("a rollout pauses, goes on and is cancelled as told; said twice, it is the same", async () => {
  await using fleet = await Fleet.open(4);
  await fleet.begin({ waves: [1, 2, "100%"] });
  for (let time = 0; time < 2; time++) assert.equal((await fleet.operate("pause")).status, 200);
  await fleet.obey();
  const paused = await fleet.show();
  assert.deepEqual([paused.state, paused.reason], ["paused", "paused by wazuh"]);
  assert.deepEqual(states(paused), ["settled", "waiting", "waiting"]);
  for (let time = 0; time < 2; time++) assert.equal((await fleet.operate("resume")).status, 200);
  assert.deepEqual(states(await fleet.show()), ["settled", "running", "waiting"]);
  for (let time = 0; time < 2; time++) assert.equal((await fleet.operate("cancel")).status, 200);
  const cancelled = await fleet.show();
  assert.deepEqual([cancelled.state, cancelled.reason], ["cancelled", "cancelled by wazuh"]);
  assert.deepEqual(await fleet.obey(), []);
  const ended = await fleet.show();
  assert.deepEqual(states(ended), ["settled", "settled", "waiting"]);
  assert.deepEqual([ended.waves[1]?.agents, ended.waves[1]?.withdrawn], [1, 1]);
  await assertRefused(await fleet.operate("resume"), 409, "Rollout 1 has ended: cancelled");
  await assertRefused(await fleet.operate("pause", 2), 404, 'No rollout "2"');
  assert.equal((await fleet.operate("explode")).status, 404);
});

Deno.test("a rollout goes on after the manager was started anew, at each of its steps", async () => {
  await using fleet = await Fleet.open(5);
  await fleet.begin({ waves: [1, 3, "100%"] });
  await fleet.restart();
  const orders: string[] = [];
  for (let wave = 0; wave < 3; wave++) {
    const offers = await fleet.offered();
    orders.push(...offers.map(({ order }) => order.document_id));
    await fleet.restart();
    await fleet.pass(6_000);
    await fleet.obey();
    await fleet.restart();
  }
  assert.equal((await fleet.show()).state, "done");
  assert.equal(new Set(orders).size, 5);
});

Deno.test("a wave whose orders were made right before the end of the manager gets no second ones", async () => {
  await using fleet = await Fleet.open(2);
  await fleet.begin({ waves: ["100%"] });
  const { database } = fleet.test.manager.store;
  // As if it had ended between the two steps.
  database.exec("UPDATE rollout_waves SET request_id = NULL");
  await fleet.restart();
  assert.equal((await fleet.show()).waves[0]?.request_id, "1");
  const count = fleet.test.manager.store.database.prepare("SELECT count(*) AS n FROM orders").get();
  assert.equal(count?.n, 2);
});

Deno.test("a release that ends, or whose file goes, stops the rollout before its next wave", async () => {
  await using fleet = await Fleet.open(3);
  await fleet.sign({ expires: "2026-01-01T00:00:05Z" });
  await fleet.begin({ waves: [1, "100%"] });
  await fleet.pass(4_000);
  await fleet.obey();
  const stopped = await fleet.show();
  assert.deepEqual([stopped.state, stopped.reason], [
    "stopped",
    "the release expired at 2026-01-01T00:00:05Z",
  ]);
  await fleet.operate("cancel");
  await fleet.sign();
  await fleet.begin({ waves: [1, "100%"] });
  await Deno.remove(`${fleet.folder}/releases/agent`);
  await fleet.obey();
  assert.equal((await fleet.show(2)).reason, 'file "agent" is no longer there');
});

Deno.test("an agent that says so after its order was given up has been upgraded", async () => {
  await using fleet = await Fleet.open(2);
  await fleet.begin({ timeout: 10, waves: ["100%"], stop_when_failed: "100%" });
  const offers = await fleet.offered();
  const [{ agent, order } = {}, other] = offers;
  assert.ok(agent !== undefined && order !== undefined && other !== undefined);
  await fleet.pass(8_000);
  await report(other.agent, other.order.document_id, { code: 2, message: "downloading" });
  await fleet.pass(8_000);
  assert.equal((await fleet.show()).failed, 1);
  await report(agent, order.document_id, { code: 0, message: "upgraded" });
  const shown = await fleet.show();
  assert.deepEqual([shown.upgraded, shown.failed, shown.open], [1, 0, 1]);
});

Deno.test("a rollout that cannot be is refused, and nothing of it is kept", async () => {
  await using fleet = await Fleet.open(3);
  const cases: [Record<string, unknown>, number, RegExp][] = [
    [{ version: "1.5.0" }, 409, /no release of version 1\.5\.0/],
    [{ version: "new" }, 400, /"version": is not a version/],
    [{ groups: ["db"] }, 400, /no agent is in any of them/],
    [{ groups: [] }, 400, /"groups"/],
    [{ agents: [fleet.agents[0]?.agentId] }, 400, /not both/],
    [{ groups: undefined }, 400, /groups or agents are needed/],
    [{ groups: undefined, agents: ["x"] }, 400, /"agents\[0\]"/],
    [{ groups: undefined, agents: [crypto.randomUUID()] }, 400, /there is no agent/],
    [{ waves: [] }, 400, /"waves"/],
    [{ waves: [2, 1] }, 400, /waves\[1\] \(1\) has fewer agents/],
    [{ waves: ["100%", 1] }, 400, /has fewer agents/],
    [{ waves: [0] }, 400, /"waves\[0\]"/],
    [{ waves: [1.5] }, 400, /"waves\[0\]"/],
    [{ waves: ["101%"] }, 400, /"waves\[0\]"/],
    [{ waves: ["1e1%"] }, 400, /"waves\[0\]"/],
    [{ waves: Array(100_000).fill(1) }, 400, /"waves"/],
    [{ stop_when_failed: "a tenth" }, 400, /"stop_when_failed"/],
    [{ stop_when_failed: 3 }, 400, /"stop_when_failed": is not a share such as 10%, or 0\.1$/],
    [{ timeout: 0 }, 400, /"timeout"/],
    [{ speed: 1 }, 400, /speed/],
  ];
  for (const [changes, status, message] of cases) {
    const answer = await fleet.post({ version: "1.4.0", groups: ["web"], ...changes });
    await assertRefused(answer, status, message);
  }
  const { rollouts } = await (await fleet.manage("")).json();
  assert.deepEqual(rollouts, []);
});

Deno.test("a release whose file is not the one that was signed is not rolled out", async () => {
  await using fleet = await Fleet.open(1);
  await Deno.writeFile(`${fleet.folder}/releases/agent`, new Uint8Array(100));
  const answer = await fleet.post({ version: "1.4.0", groups: ["web"] });
  await assertRefused(answer, 409, 'File "agent" is not the one that the manifest names');
});

Deno.test("an agent is in one rollout at a time", async () => {
  await using fleet = await Fleet.open(3);
  await fleet.begin({ waves: [1, "100%"] });
  const again = { version: "1.4.0", agents: [fleet.agents[2]?.agentId.toUpperCase()] };
  await assertRefused(await fleet.post(again), 409, /is part of rollout 1, which has not ended$/);
  await fleet.operate("cancel");
  assert.equal((await fleet.post(again)).status, 201);
});

Deno.test("rollouts are for operators, and looked at by readers; a manager without a data folder has none", async () => {
  const users = [{ name: "rita", role: "reader" as const, password: "reader's password" }];
  await using test = await TestManager.open({ users, agent: false });
  const { data } = await (await test.authenticate("rita:reader's password")).json();
  const as = (token: string, method: string, body?: string) =>
    test.fetch("http://manager/manager/rollouts", {
      method,
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body && { body }),
    });
  const body = JSON.stringify({ version: "1.4.0", groups: ["*"] });
  assert.equal((await as(data.token, "GET")).status, 200);
  assert.equal((await as(data.token, "POST", body)).status, 403);
  await assertRefused(await as(await test.userToken(), "POST", body), 409, /no release/);
});

Deno.test("a rollout that cannot go on keeps no other one from going on", async () => {
  await using fleet = await Fleet.open(2);
  const [first, second] = fleet.agents.map(({ agentId }) => agentId);
  await fleet.begin({ groups: undefined, agents: [first] });
  fleet.test.manager.store.database.exec("UPDATE rollout_waves SET outcome = 'no JSON'");
  await fleet.begin({ groups: undefined, agents: [second] });
  fleet.test.manager.store.database.exec(
    "UPDATE rollout_waves SET outcome = NULL WHERE rollout_id = 2",
  );
  await fleet.obey();
  assert.equal((await fleet.show(2)).state, "done");
});

Deno.test("a wave whose orders are not known yet is waited for, and not taken for one that reached nobody", async () => {
  await using fleet = await Fleet.open(2);
  await fleet.begin({ waves: [1, "100%"], timeout: 20 });
  const { database } = fleet.test.manager.store;
  database.exec("CREATE TABLE kept AS SELECT * FROM orders; DELETE FROM orders");
  await fleet.pass(5_000);
  assert.deepEqual(states(await fleet.show()), ["running", "waiting"]);
  database.exec("INSERT INTO orders SELECT * FROM kept");
  assert.equal((await fleet.obey()).length, 1);
  assert.deepEqual(states(await fleet.show()), ["settled", "running"]);
  database.exec("DELETE FROM orders");
  await fleet.pass(21_000);
  assert.equal((await fleet.show()).state, "done");
});
