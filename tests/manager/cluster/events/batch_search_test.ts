import assert from "node:assert/strict";
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { whenReady } from "../../../../src/manager/cluster/link/assets.ts";
import { BatchSearch } from "../../../../src/manager/cluster/events/batch_search.ts";
import { ClusterLink } from "../../../../src/manager/cluster/link/cluster_link.ts";
import { StoreUnavailable } from "../../../../src/manager/stores/unavailable.ts";
import type { NatsServer } from "../../../support/nats_server.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { clusterOptions } from "../../stores/contract.ts";

/** A link whose server stands still as soon as it has made a consumer. */
function freezing(link: ClusterLink, server: NatsServer): ClusterLink {
  const consumers: Pick<JetStreamClient["consumers"], "get"> = {
    get: async (...args: Parameters<JetStreamClient["consumers"]["get"]>) => {
      const consumer = await link.js.consumers.get(...args);
      server.freeze();
      return consumer;
    },
  };
  return { js: { consumers } } as unknown as ClusterLink;
}

clusterTest(
  "cluster: a search gives up in time when the server that has its consumer falls silent, and blocks nobody",
  async () => {
    await using server = await startOne();
    const link = await ClusterLink.open(clusterOptions([server.url]));
    await whenReady("make it", () => link.manager.streams.add({ name: "s", subjects: ["a"] }));
    const { seq } = await jetstream(link.connection).publish("a");
    const search = new BatchSearch(freezing(link, server));
    const found = search.find({ stream: "s", subject: "a", key: "k", lastSequence: seq });
    const late = new Promise((resolve) => setTimeout(() => resolve("still looking"), 30_000));
    await assert.rejects(Promise.race([found, late]), StoreUnavailable);
    server.thaw();
    await link.close();
  },
);
