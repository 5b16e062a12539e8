import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { BucketDigests, documentDigest } from "../../../src/shared/states/document_digest.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { TempFolder } from "../../support/queues.ts";
import { eventsBody, TestClient, TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";
import { moved, twoManagers } from "./two_managers.ts";

const SOURCE = { module: "inventory", collector: "packages" };

async function tell(client: TestClient, id: string, data: object | undefined): Promise<void> {
  const header = { ...SOURCE, id, operation: data === undefined ? "delete" : "create" };
  const body = eventsBody(client.agentId, header, ...(data === undefined ? [] : [data]));
  const options = { stream: "stateful" as const, key: crypto.randomUUID() };
  const answer = await client.postEvents(body, options);
  assert.equal(answer.status, 200, await answer.text());
}

/** The buckets in which a manager shows something else than `documents`. */
async function differing(client: TestClient, documents: Record<string, object>): Promise<number[]> {
  const digests = new BucketDigests();
  for (const [id, data] of Object.entries(documents)) digests.add(id, documentDigest({ ...data }));
  const answer = await client.get("/api/v1/state/digest", {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${client.agentToken}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ ...SOURCE, buckets: digests.toHex() }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body.differ;
}

clusterTest(
  "cluster: an agent that compares its documents at another manager than it told them finds them as it told them",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other } = managers;
    await one.enrol();
    const elsewhere = moved(one, other);
    const documents: Record<string, object> = {};
    for (let round = 0; round < 20; round++) {
      const [at, from] = round % 2 === 0 ? [one, elsewhere] : [elsewhere, one];
      const id = `${round % 7}`.padEnd(40, "a");
      documents[id] = { round };
      await tell(at, id, { round });
      assert.deepEqual(await differing(from, documents), []);
    }
  },
);

clusterTest(
  "cluster: documents outlive a manager's restart also when the events that made them are gone, but not their agent",
  async () => {
    await using server = await startOne();
    using folder = new TempFolder();
    const cluster = clusterOptions([server.url]);
    const open = () => TestManager.open({ agent: false, cluster, dataFolder: folder.path });
    const first = await open();
    const [kept, gone] = [new TestClient(first.fetch), new TestClient(first.fetch)];
    await kept.enrol("kept");
    await gone.enrol("gone");
    const id = "a".padEnd(40, "0");
    const other = "b".padEnd(40, "0");
    await tell(kept, id, { a: 1 });
    await tell(gone, id, { a: 1 });
    await first.manager.close();
    // While this one is away: the events are no longer kept, an agent is removed, and another document comes.
    const elsewhere = await TestManager.open({ agent: false, cluster: { ...cluster, node: "n2" } });
    await elsewhere.manager.stores.agents.remove(gone.agentId);
    const connection = await connect({ servers: [server.url] });
    const { streams } = await jetstreamManager(connection);
    await streams.purge(`${cluster.name}_EVENTS_0`);
    await tell(moved(kept, elsewhere), other, { b: 1 });
    await elsewhere.manager.close();
    const second = await open();
    assert.deepEqual(
      await differing(moved(kept, second), { [id]: { a: 1 }, [other]: { b: 1 } }),
      [],
    );
    assert.equal(second.manager.store.documents.total(), 2);
    await second.manager.close();
    // Another stream of the same name has nothing to do with them.
    await streams.delete(`${cluster.name}_EVENTS_0`);
    await connection.close();
    const third = await open();
    assert.equal(third.manager.store.documents.total(), 0);
    await third.manager.close();
  },
);
