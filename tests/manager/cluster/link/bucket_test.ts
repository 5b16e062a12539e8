import assert from "node:assert/strict";
import { Bucket } from "../../../../src/manager/cluster/link/bucket.ts";
import { ClusterLink } from "../../../../src/manager/cluster/link/cluster_link.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { Relay } from "../../../support/relay.ts";
import { clusterOptions } from "../../stores/contract.ts";

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
  "cluster: a change that got no answer is not taken for done because another has written the same value",
  async () => {
    await using server = await startOne();
    using relay = new Relay(Number(new URL(server.url).port));
    const near = await ClusterLink.open(clusterOptions([server.url]));
    const far = await ClusterLink.open(clusterOptions([`nats://127.0.0.1:${relay.port}`]));
    const [one, other] = [
      await Bucket.open<number>(near, "b"),
      await Bucket.open<number>(far, "b"),
    ];
    const first = await one.change("a", () => 1);
    const next = (value = 0) => value + 1;
    relay.lose("client");
    const late = other.change("a", next, first);
    await one.change("a", next);
    relay.lose();
    assert.equal((await late).value, 3);
    await Promise.all([near.close(), far.close()]);
  },
);
