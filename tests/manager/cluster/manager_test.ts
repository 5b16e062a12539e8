import assert from "node:assert/strict";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { assertRefused, eventsBody, numbered, TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";

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
