import assert from "node:assert/strict";
import { join } from "node:path";
import { ClusterLink } from "../../../src/manager/cluster/link/cluster_link.ts";
import type { ClusterOptions } from "../../../src/manager/cluster/options_schema.ts";
import { contentOf, streamsOf } from "../../../src/manager/cluster_cli/content.ts";
import { importManager } from "../../../src/manager/cluster_cli/import/import_manager.ts";
import { SingleManager } from "../../../src/manager/cluster_cli/import/single_manager.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";
import { eventsBody, KEY, numbered, registration, TestManager } from "../harness.ts";
import { clusterOptions, ORDERS } from "../stores/contract.ts";
import {
  BATCHES,
  EARLIER,
  earlierBody,
  KEPT,
  leaveSingleManager,
  ordersOf,
  statefulBody,
} from "./single_scene.ts";

/** Imports over a connection of its own. @param killAfter messages until the connection is gone */
async function runImport(
  options: ClusterOptions,
  dataFolder: string,
  { dryRun = false, killAfter = Infinity } = {},
) {
  const link = await ClusterLink.open(options);
  const publish = link.publisher.publish.bind(link.publisher);
  let left = killAfter;
  link.publisher.publish = async (...message) => {
    if (left-- <= 0) await link.connection.close();
    return await publish(...message);
  };
  using single = SingleManager.open(dataFolder);
  try {
    return await importManager(link, { single, keeping: ORDERS, dryRun });
  } finally {
    await link.close();
  }
}

/** A single manager's folder, a server, and a link to look by. */
async function openScene() {
  const folder = new TempFolder();
  const server = await startOne();
  const single = await leaveSingleManager(folder);
  const options = clusterOptions([server.url]);
  const link = await ClusterLink.open(options);
  return {
    ...single,
    folder,
    options,
    link,
    [Symbol.asyncDispose]: async () => {
      await link.close();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** But for files: half a file that was under way stays beside the whole one, and is not found by anybody. */
const messagesOn = async (link: ClusterLink) =>
  (await streamsOf(link)).filter(({ what }) => what !== "OBJ_FILES")
    .map(({ what, info }) => [what, info.state.messages]);

clusterTest(
  "cluster import: agents log in at the cluster, repeats of batches are known, orders go on under their ids",
  async () => {
    await using scene = await openScene();
    const { options, dataFolder, agentId, agentToken, orders } = scene;
    const { outcome, counts } = await runImport(options, dataFolder);
    assert.equal(outcome, "imported");
    assert.deepEqual(counts, {
      agents: 1,
      enrollment_tokens: 1,
      states: 1,
      requests: 2,
      open_orders: 1,
      finished_orders: 1,
      batch_ids: EARLIER.length + 4,
      batches: 7,
      documents: 2,
      token_keys: 1,
      files: 1,
      releases: 1,
      rollouts: 1,
    });
    await using test = await TestManager.open({
      agent: false,
      cluster: options,
      clock: scene.clock,
      dataFolder: scene.folder.file("m1"),
    });
    Object.assign(test, { agentId, agentToken });
    const repeats = [
      ...EARLIER.map((key, index) => ({ key, body: earlierBody(agentId, index) })),
      { key: BATCHES.plain, body: eventsBody(agentId, ...numbered(3, 1_000)) },
    ];
    for (const { key, body } of repeats) {
      assert.equal((await test.postEvents(body, { key })).status, 204);
    }
    const body = statefulBody(agentId, ["a", "b"]);
    const again = await test.postEvents(body, { key: BATCHES.stateful, stream: "stateful" });
    assert.equal(again.status, 200);
    assert.equal((await test.stats()).duplicates_suppressed, EARLIER.length + 2);
    const other = await test.postEvents(earlierBody(agentId, 7), { key: EARLIER[3] as string });
    assert.equal(other.status, 422, "a key that was used for another batch");
    const log = test.manager.stores.events;
    assert.deepEqual(await log.repeatUnread(agentId, BATCHES.early), scene.earlyAnswer);
    const documents = test.manager.store.documents.list({ agentId, limit: 10 });
    assert.deepEqual(documents.map(({ id }) => id), ["a", "b"]);
    assert.deepEqual(await ordersOf(test), orders);
    const events = await test.fetch("http://manager/manager/events?limit=100", {
      headers: { Authorization: `Bearer ${await test.userToken()}` },
    });
    const lines = (await events.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, 2 + KEPT, "documents, and the events that were kept");
    const { commands } = await (await test.get("/api/v1/commands")).json();
    assert.deepEqual(
      commands.map(({ document_id }: { document_id: string }) => document_id),
      orders.filter(({ status }) => status === "pending").map(({ document_id }) => document_id),
    );
    const file = await test.get("/api/v1/files?file_name=web.yml");
    assert.equal(await file.text(), "log: {}\n");
    const { rollouts } = test.manager.stores;
    assert.deepEqual(rollouts.list(), scene.rollouts);
    assert.deepEqual(rollouts.agentsInWave(1, 1), [agentId]);
    const release = await test.get("/api/v1/download?name=block.sh");
    assert.equal(await release.text(), "echo hello\n");
    assert.equal((await test.logIn(agentId, KEY)).status, 200);
    const enrolled = await test.fetch("http://manager/agents", {
      method: "POST",
      headers: { "Authorization": `Bearer ${scene.token}`, "Content-Type": "application/json" },
      body: JSON.stringify(registration({ name: "new" })),
    });
    assert.equal(enrolled.status, 201, await enrolled.text());
    const state = test.manager.keepAlive.views.list({ limit: 10, after: "" }).agents
      .find(({ id }) => id === agentId);
    assert.equal(state?.status, "active");
  },
);

clusterTest(
  "cluster import: killed after whatever message it goes on, and given again it changes nothing",
  async () => {
    await using scene = await openScene();
    const { options, dataFolder, link } = scene;
    const whole = { ...options, name: `${options.name}w` };
    const { written } = await runImport(whole, dataFolder);
    const wholeLink = await ClusterLink.open(whole);
    const expected = await messagesOn(wholeLink);
    await wholeLink.close();
    // What is there already costs a message each time, so each is given more of them than the one before.
    const killed = (killAfter: number) => runImport(options, dataFolder, { killAfter });
    let killAfter = 3;
    while (await killed(killAfter).catch(() => undefined) === undefined) killAfter += 4;
    assert.ok(killAfter > written / 2, `killed ${killAfter / 4} times of ${written} messages`);
    assert.deepEqual(await messagesOn(link), expected);
    const again = await runImport(options, dataFolder);
    assert.deepEqual([again.outcome, again.written], ["imported before", 0]);
    assert.deepEqual(await messagesOn(link), expected);
  },
);

clusterTest("cluster import: a dry run counts, and leaves nothing on the cluster", async () => {
  await using scene = await openScene();
  const { outcome, counts } = await runImport(scene.options, scene.dataFolder, { dryRun: true });
  assert.deepEqual([outcome, counts.agents], ["dry run", 1]);
  assert.deepEqual(await streamsOf(scene.link), []);
});

clusterTest(
  "cluster import: refuses a cluster that has anything, one with managers, and a manager that has run since",
  async () => {
    await using scene = await openScene();
    const { options, dataFolder, link } = scene;
    const test = await TestManager.open({ agent: false, cluster: options });
    await assert.rejects(runImport(options, dataFolder), /Managers of cluster "\w+" run: node$/);
    await test.manager.close();
    assert.deepEqual(await contentOf(link), []);
    await runImport(options, dataFolder, { killAfter: 8 }).catch(() => {});
    await assert.rejects(
      TestManager.open({ agent: false, cluster: options }),
      /^AgentError: An import into this cluster began at .* and is not at its end/,
    );
    const since = await TestManager.open({ dataFolder, agent: false, clock: new FakeClock() });
    await since.enrol("another");
    await assert.rejects(runImport(options, dataFolder), /another manager uses it/);
    await since.manager.close();
    await assert.rejects(runImport(options, dataFolder), {
      message: "An import into this cluster is under way, and not of this",
    });
    const other = { ...options, name: `${options.name}o` };
    const used = await TestManager.open({ cluster: other });
    await used.manager.close();
    await assert.rejects(
      runImport(other, dataFolder),
      /^AgentError: Cluster "\w+" is not empty: .*2 messages in KV_\w+_AGENTS/,
    );
  },
);

Deno.test("cluster import: a folder that is none of a manager is left alone", () => {
  using folder = new TempFolder();
  assert.throws(() => SingleManager.open(folder.path), /no data folder of a manager/);
  assert.equal([...Deno.readDirSync(folder.path)].length, 0);
  assert.throws(() => SingleManager.open(join(folder.path, "none")), /no manager.db/);
});
