import assert from "node:assert/strict";
import { Bucket, type Entry } from "../../../../src/manager/cluster/link/bucket.ts";
import { ClusterLink } from "../../../../src/manager/cluster/link/cluster_link.ts";
import { whenReady } from "../../../../src/manager/cluster/link/assets.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { eventually } from "../../../support/eventually.ts";
import { Relay } from "../../../support/relay.ts";
import { clusterOptions } from "../../stores/contract.ts";

clusterTest(
  "cluster: a follower goes on after its server was killed, with nothing left out and nothing twice",
  async () => {
    await using server = await startOne();
    const link = await ClusterLink.open(clusterOptions([server.url]));
    const bucket = await Bucket.open<number>(link, "b");
    await bucket.put("a", 1);
    const taken: Entry<number>[] = [];
    const follower = bucket.follow("*", (entry) => taken.push(entry));
    await follower.start();
    for (const value of [2, 3]) {
      await server.goAway();
      await server.comeBack();
      const revision = await whenReady("answer", () => bucket.put("a", value));
      assert.equal(await follower.reached(revision, 10_000), true);
    }
    assert.deepEqual(taken.map(({ value }) => value), [1, 2, 3]);
    await follower.stop();
    await link.close();
  },
);

clusterTest(
  "cluster: a follower takes the last message also when it was lost on the way to it, and nothing comes after it",
  async () => {
    await using server = await startOne();
    using relay = new Relay(Number(new URL(server.url).port));
    const near = await ClusterLink.open(clusterOptions([server.url]));
    const far = await ClusterLink.open(clusterOptions([`nats://127.0.0.1:${relay.port}`]));
    const bucket = await Bucket.open<number>(near, "b");
    await bucket.put("a", 1);
    const taken: unknown[] = [];
    const follower = (await Bucket.open<number>(far, "b"))
      .follow("*", ({ value }) => taken.push(value));
    await follower.start();
    relay.lose("server");
    const revision = await bucket.put("a", 2);
    await eventually(
      () => near.manager.consumers.list("KV_b").next(),
      ([consumer]) => consumer?.delivered.stream_seq === revision,
    );
    relay.cut();
    assert.equal(await follower.reached(revision, 10_000), true);
    assert.deepEqual(taken, [1, 2]);
    await follower.stop();
    await Promise.all([near.close(), far.close()]);
  },
);

clusterTest(
  "cluster: a follower has caught up also when what it waited for has run out of its time",
  async () => {
    await using server = await startOne();
    const link = await ClusterLink.open(clusterOptions([server.url]));
    const bucket = await Bucket.open<number>(link, "b", { ttlMs: 1_000 });
    // They are gone at about the time that the follower is told how many there are.
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => bucket.put(`a${index}`, index)));
      await new Promise((resolve) => setTimeout(resolve, 990));
      const follower = bucket.follow("*", () => {});
      await follower.start();
      await follower.stop();
    }
    await link.close();
  },
);
