import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { assertRefused, eventsBody, KEY, numbered, TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";
import { moved, twoManagers } from "./two_managers.ts";

clusterTest(
  "cluster: a manager takes events while it has servers, and asks agents to come again while it has not",
  async () => {
    await using server = await startOne("max_payload: 65536");
    await using test = await TestManager.open({ cluster: clusterOptions([server.url]) });
    const body = eventsBody(test.agentId, ...numbered(3));
    assert.equal((await test.postEvents(body, { key: "one" })).status, 204);
    const large = eventsBody(test.agentId, ...numbered(2_000));
    await assertRefused(await test.postEvents(large, { key: "large" }), 413, /./);
    await server.goAway();
    const refused = await test.postEvents(body, { key: "two" });
    assert.ok(Number(refused.headers.get("Retry-After")) >= 2);
    await assertRefused(refused, 503, /^The cluster takes nothing now/);
    await server.comeBack();
    const answers = [];
    do answers.push((await test.postEvents(body, { key: "two" })).status); while (
      answers.at(-1) === 503
    );
    assert.deepEqual([answers.at(-1), (await test.postEvents(body, { key: "one" })).status], [
      204,
      204,
    ]);
    const { events, duplicates_suppressed } = await test.stats();
    assert.deepEqual([events.stateless, duplicates_suppressed], [6, 1]);
  },
);

clusterTest(
  "cluster: a message holds the lines of its batch as they were sent, compressed or not, without the agent's line",
  async () => {
    await using server = await startOne();
    const cluster = clusterOptions([server.url]);
    await using test = await TestManager.open({ cluster });
    const lines = '{"module":"m","collector":"c"}\n{"event":{"original":"é ☃ 1"}}';
    const body = `{"agent":{"id":"${test.agentId}"}}\n${lines}`;
    const gzip = { headers: { "Content-Encoding": "gzip" } };
    for (const [index, text] of [body, `${body}\n`].entries()) {
      assert.equal((await test.postEvents(text, { key: `plain ${index}` })).status, 204);
      const packed = { key: `packed ${index}`, ...gzip };
      assert.equal((await test.postEvents(gzipSync(text), packed)).status, 204);
      assert.equal((await test.postEvents(text, { key: `packed ${index}` })).status, 204);
    }
    const connection = await connect({ servers: [server.url] });
    const { streams } = await jetstreamManager(connection);
    for (let seq = 1; seq <= 4; seq++) {
      const message = await streams.getMessage(`${cluster.name}_EVENTS_0`, { seq });
      assert.equal(new TextDecoder().decode(message?.data), lines);
    }
    assert.equal((await test.stats()).duplicates_suppressed, 2);
    await connection.close();
  },
);

clusterTest(
  "cluster: an agent that was registered at one manager is known at the other, with its token",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other } = managers;
    await one.enrol();
    const elsewhere = moved(one, other);
    const body = eventsBody(one.agentId, ...numbered(2));
    assert.equal((await one.postEvents(body, { key: "a" })).status, 204);
    assert.equal((await elsewhere.postEvents(body, { key: "a" })).status, 204);
    await elsewhere.renewToken();
    assert.equal(
      (await moved(elsewhere as TestManager, one).postEvents(body, { key: "a" })).status,
      204,
    );
    const counts = [await one.stats(), await other.stats()].map(({ events }) => events.stateless);
    assert.deepEqual(counts.toSorted(), [0, 2]);
  },
);

clusterTest(
  "cluster: a manager that drains leaves its duties to the other one at once, and goes on to answer",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other } = managers;
    await one.enrol();
    const [first, second] = [one, other].map(({ manager }) => manager.stores.members);
    assert.deepEqual([first?.holds("deadlines"), second?.holds("deadlines")], [true, false]);
    await one.manager.drain();
    assert.equal(first?.holds("deadlines"), false);
    // No clock has moved: nothing waits for the end of a lease.
    await eventually(
      () => Promise.resolve([second?.holds("deadlines"), second?.live().length]),
      ([holds, live]) => holds === true && live === 1,
    );
    const body = eventsBody(one.agentId, ...numbered(1));
    assert.equal((await one.postEvents(body, { key: "under way" })).status, 204);
  },
);

clusterTest(
  "cluster: an agent that is removed at one manager is no more at the other",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other } = managers;
    await one.enrol();
    const elsewhere = moved(one, other);
    const poll = elsewhere.get("/api/v1/commands");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const gone = await one.get("/api/v1/agent", {
      method: "DELETE",
      headers: { Authorization: `Bearer ${one.agentToken}` },
    });
    assert.equal(gone.status, 200);
    await assertRefused(await poll, 401, "Invalid token");
    await assertRefused(await elsewhere.get("/api/v1/commands"), 401, "Invalid token");
    await assertRefused(await other.logIn(one.agentId, KEY), 403, "Agent does not exist");
  },
);

clusterTest(
  "cluster: a manager with the name of one that lives does not start, one with another secret neither",
  async () => {
    await using server = await startOne();
    const options = clusterOptions([server.url]);
    await using first = await TestManager.open({ cluster: options });
    assert.deepEqual(first.manager.stores.members.live().map(({ node }) => node), ["node"]);
    const clock = new FakeClock();
    const second = assert.rejects(TestManager.open({ agent: false, cluster: options, clock }), {
      message: 'Another manager of the cluster is called "node"',
    });
    for (let second = 0; second < 25; second++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await clock.advance(1_000);
    }
    await second;
    const secret_file = await Deno.makeTempFile();
    await Deno.chmod(secret_file, 0o600);
    await Deno.writeTextFile(secret_file, "another secret of 32 characters!");
    await assert.rejects(
      TestManager.open({ agent: false, cluster: { ...options, node: "n2", secret_file } }),
      { message: "The keys on the cluster were encrypted with another secret" },
    );
    await Deno.remove(secret_file);
  },
);

clusterTest(
  "cluster: a file that is put at one manager is handed out by the other, also while there are no servers",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other } = managers;
    await one.enrol();
    const put = await one.fetch("http://manager/manager/files/web.yml", {
      method: "PUT",
      headers: {
        Authorization: `Bearer ${await one.userToken()}`,
        "Content-Type": "application/octet-stream",
      },
      body: "log: {}\n",
    });
    assert.equal(put.status, 200, await put.text());
    const elsewhere = moved(one, other);
    const get = () => elsewhere.get("/api/v1/files?file_name=web.yml");
    const first = await get();
    assert.deepEqual([first.status, await first.text()], [200, "log: {}\n"]);
    await server.goAway();
    const again = await get();
    assert.deepEqual([again.status, await again.text()], [200, "log: {}\n"]);
    await server.comeBack();
  },
);
