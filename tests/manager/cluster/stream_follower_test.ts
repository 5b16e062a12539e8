import assert from "node:assert/strict";
import { Bucket, type Entry } from "../../../src/manager/cluster/bucket.ts";
import { ClusterLink } from "../../../src/manager/cluster/cluster_link.ts";
import { whenReady } from "../../../src/manager/cluster/assets.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { clusterOptions } from "../stores/contract.ts";

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

clusterTest("cluster: of many changes of one value at once none is lost", async () => {
  await using server = await startOne();
  const options = clusterOptions([server.url]);
  const links = [await ClusterLink.open(options), await ClusterLink.open(options)];
  const buckets = await Promise.all(links.map((link) => Bucket.open<number>(link, "b")));
  const changes = Array.from(
    { length: 10 },
    () => buckets.map((bucket) => bucket.change("a", (value = 0) => value + 1)),
  );
  const all = await Promise.allSettled(changes.flat());
  const done = all.filter(({ status }) => status === "fulfilled").length;
  assert.equal((await buckets[0]?.get("a"))?.value, done);
  await Promise.all(links.map((link) => link.close()));
});

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
