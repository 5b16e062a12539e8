import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { createHash } from "node:crypto";
import { v7 } from "uuid";
import { ensureEventStreams, whenReady } from "../../../../src/manager/cluster/link/assets.ts";
import { ClusterLink } from "../../../../src/manager/cluster/link/cluster_link.ts";
import { Names } from "../../../../src/manager/cluster/link/names.ts";
import { type Batch, SubjectLog } from "../../../../src/manager/cluster/events/subject_log.ts";
import { StoreUnavailable } from "../../../../src/manager/stores/unavailable.ts";
import { clusterTest, NatsCluster, startOne } from "../../../support/nats_cluster.ts";
import { clusterOptions } from "../../stores/contract.ts";

const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";

/** Nodes of one cluster, as far as they store batches. */
async function nodesAt(servers: readonly string[], count: number, changes = {}) {
  const options = clusterOptions(servers, changes);
  const names = new Names(options.name, 1);
  const links = await Promise.all(Array.from({ length: count }, () => ClusterLink.open(options)));
  const [link] = links;
  if (link !== undefined) await whenReady("get ready", () => ensureEventStreams(link, names));
  return {
    names,
    stream: names.eventStreams[0] ?? "",
    logs: links.map((one) => new SubjectLog(one)),
    [Symbol.asyncDispose]: async () => void await Promise.all(links.map((one) => one.close())),
  };
}

function batchOf(names: Names, text: string, key = v7()): Batch {
  const payload = new TextEncoder().encode(text);
  const fingerprint = createHash("sha256").update(payload).digest();
  return {
    ...names.placeOf({ agentId: AGENT, stream: "stateless", key }),
    key,
    fingerprint,
    payload,
    headers: {},
  };
}

/** Sends a batch until it is accepted, as an agent does. */
async function deliver(log: SubjectLog, batch: Batch): Promise<string> {
  for (;;) {
    try {
      return (await log.append(batch)).kind;
    } catch (error) {
      assert.ok(error instanceof StoreUnavailable, String(error));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** How often each batch is stored. */
async function stored(servers: readonly string[], stream: string): Promise<Map<string, number>> {
  const connection = await connect({ servers: [...servers] });
  const { streams } = await jetstreamManager(connection);
  const { state } = await streams.info(stream);
  const counts = new Map<string, number>();
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const key = (await streams.getMessage(stream, { seq }))?.header.get("Batch") ?? "";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  await connection.close();
  return counts;
}

clusterTest(
  "cluster: batches that come to two nodes at once are stored once each, in whichever order",
  async () => {
    await using server = await startOne();
    await using nodes = await nodesAt([server.url], 2);
    const batches = Array.from(
      { length: 120 },
      (_, index) => batchOf(nodes.names, `event ${index}`),
    );
    const kinds = await Promise.all(
      batches.flatMap((batch) => nodes.logs.map((log) => deliver(log, batch))),
    );
    // Both may say that they stored it: one of them cannot know that it was not the one.
    assert.ok(kinds.every((kind) => kind === "stored" || kind === "repeat"));
    const counts = await stored([server.url], nodes.stream);
    assert.deepEqual(batches.map(({ key }) => counts.get(key)), batches.map(() => 1));
  },
);

clusterTest(
  "cluster: a node that knows an old tail finds out, and a late repeat at it is known",
  async () => {
    await using server = await startOne();
    await using nodes = await nodesAt([server.url], 2);
    const [one, other] = nodes.logs as [SubjectLog, SubjectLog];
    const batches = Array.from(
      { length: 300 },
      (_, index) => batchOf(nodes.names, `event ${index}`),
    );
    for (const [index, batch] of batches.entries()) {
      assert.equal((await (index % 10 === 0 ? other : one).append(batch)).kind, "stored");
    }
    for (const batch of batches) {
      assert.equal((await other.append(batch)).kind, "repeat");
    }
  },
);

clusterTest("cluster: a stream that is full takes nothing more, and says so", async () => {
  await using server = await startOne();
  await using nodes = await nodesAt([server.url], 1, { max_bytes: "1MiB" });
  const [log] = nodes.logs as [SubjectLog];
  const fill = async () => {
    for (let index = 0;; index++) {
      await log.append(batchOf(nodes.names, crypto.randomUUID().repeat(3_000)));
      assert.ok(index < 100, "it is never full");
    }
  };
  await assert.rejects(fill(), { name: "StoreUnavailable", message: /a stream is full/ });
});

clusterTest(
  "cluster: nothing is lost or doubled while the leader of the stream is killed",
  async () => {
    await using servers = await NatsCluster.start();
    await using nodes = await nodesAt(servers.urls, 2);
    const batches = Array.from(
      { length: 400 },
      (_, index) => batchOf(nodes.names, `event ${index}`),
    );
    const waiting = [...batches.entries()];
    const send = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, batch] = next;
        if (index === 150) {
          const leader = await servers.leaderOf(nodes.stream);
          await leader.goAway("SIGKILL");
          void leader.comeBack();
        }
        const logs = index % 10 === 0 ? nodes.logs : nodes.logs.slice(index % 2, index % 2 + 1);
        await Promise.all(logs.map((log) => deliver(log, batch)));
      }
    };
    await Promise.all([send(), send(), send(), send()]);
    const counts = await stored(servers.urls, nodes.stream);
    assert.deepEqual(batches.filter(({ key }) => counts.get(key) !== 1), []);
    assert.equal(counts.size, batches.length);
  },
);

clusterTest(
  "cluster: events are not compressed: a server that is killed might not be able to go on with its copy",
  async () => {
    await using server = await startOne();
    await using nodes = await nodesAt([server.url], 1);
    const connection = await connect({ servers: server.url });
    const { config } = await (await jetstreamManager(connection)).streams.info(nodes.stream);
    assert.equal(config.compression, "none");
    await connection.close();
  },
);

clusterTest(
  "cluster: a batch that was handed over and stored without a word is no repeat for who asked",
  async () => {
    await using server = await startOne();
    await using nodes = await nodesAt([server.url], 2);
    const [one, other] = nodes.logs as [SubjectLog, SubjectLog];
    const batch = batchOf(nodes.names, "one");
    assert.equal((await one.append(batch)).kind, "stored");
    assert.equal((await other.append(batch, true)).kind, "stored");
    assert.equal((await other.append(batch)).kind, "repeat");
  },
);
