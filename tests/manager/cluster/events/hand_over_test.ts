import assert from "node:assert/strict";
import { v7 } from "uuid";
import { ClusterLink } from "../../../../src/manager/cluster/link/cluster_link.ts";
import { HandOver } from "../../../../src/manager/cluster/events/hand_over.ts";
import { Names } from "../../../../src/manager/cluster/link/names.ts";
import { Wandering } from "../../../../src/manager/cluster/events/wandering.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { clusterOptions } from "../../stores/contract.ts";
import { batchFor, type EventNode, openEventNodes } from "../event_nodes.ts";

const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";
/** Keys of one lane, so that every batch meets the one before it. */
const KEYS = Array.from({ length: 200 }, (_, index) => v7({ msecs: index, seq: index }))
  .filter((key) => subjectOf(key).endsWith(".0"))
  .slice(0, 30);
const LINES = '{"module":"m"}\n{"event":1}';

function subjectOf(key: string): string {
  return new Names("t", 1).placeOf({ agentId: AGENT, stream: "stateless", key }).subject;
}

clusterTest(
  "JetStreamEventLog hands the batches of an agent that wanders to the node that watches it, each is stored once",
  async () => {
    await using server = await startOne();
    const options = clusterOptions([server.url]);
    await using scene = await openEventNodes(options, ["one", "other"], () => "one");
    const [one, other] = scene.nodes as [EventNode, EventNode];
    const batches = KEYS.map((key) => batchFor(AGENT, LINES, key));
    for (const [index, batch] of batches.entries()) {
      assert.equal(await batch(index % 2 === 0 ? one : other), "stored");
    }
    assert.equal(await scene.messages(), batches.length);
    // Its first one, and two that others were first with.
    assert.equal(other.published, 1 + 2 * 2, "messages of the one that hands over");
    for (const [index, batch] of batches.entries()) {
      assert.equal(await batch(index % 2 === 0 ? other : one), "repeat");
    }
    assert.equal(await scene.messages(), batches.length);
  },
);

clusterTest(
  "JetStreamEventLog stores a batch itself when the node that watches the agent is not there",
  async () => {
    await using server = await startOne();
    const options = clusterOptions([server.url]);
    await using scene = await openEventNodes(options, ["one", "other"], () => "gone");
    for (const [index, key] of KEYS.entries()) {
      const node = scene.nodes[index % 2] as EventNode;
      assert.equal(await batchFor(AGENT, LINES, key)(node), "stored");
    }
    assert.equal(await scene.messages(), KEYS.length);
  },
);

clusterTest(
  "HandOver gives a batch with all that it says, and waits no longer than it is told",
  async () => {
    await using server = await startOne();
    const options = clusterOptions([server.url]);
    await using scene = await openEventNodes(options, ["one"], () => undefined);
    const [one] = scene.nodes as [EventNode];
    const link = await ClusterLink.open({ ...options, node: "silent" });
    const silent = new HandOver(link);
    silent.take(() => new Promise(() => {}));
    await link.connection.flush();
    const giver = new HandOver(one.link, 20);
    const payload = new TextEncoder().encode(LINES);
    const place = { stream: `${options.name}_EVENTS_0`, subject: `${options.name}.ev.0.x.a.0` };
    const batch = { ...place, key: "k", fingerprint: new Uint8Array(32), payload, headers: {} };
    assert.equal(await giver.give("silent", batch), undefined);
    assert.equal(await giver.give("nobody", batch), undefined);
    const taken = Promise.withResolvers<unknown>();
    silent.take((given) => {
      taken.resolve(given);
      return Promise.resolve({ kind: "stored", sequence: 7 });
    });
    await link.connection.flush();
    const headers = { Agent: "a", Events: "1" };
    void giver.give("silent", { ...batch, key: "ä b", headers });
    const given = await taken.promise as typeof batch;
    assert.deepEqual(
      { ...given, payload: new Uint8Array(given.payload) },
      { ...batch, key: "ä b", headers, fingerprint: given.fingerprint },
    );
    assert.ok(given.fingerprint.every((byte) => byte === 0) && given.fingerprint.length === 32);
    await link.close();
  },
);

Deno.test("Wandering counts losses in a row, and forgets them after a while", async () => {
  const clock = new MemoryClock(0);
  const wandering = new Wandering(clock);
  const after = (...contested: boolean[]) => {
    for (const one of contested) wandering.stored("s", one);
    return wandering.isShared("s");
  };
  assert.deepEqual([after(true), after(false, true), after(true)], [false, false, true]);
  assert.equal(wandering.isShared("another"), false);
  await clock.advance(30_000);
  assert.equal(wandering.isShared("s"), false);
  assert.equal(after(true), true, "others still come in between");
  assert.equal(after(false), false);
});
