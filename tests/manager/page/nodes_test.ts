import assert from "node:assert/strict";
import { AckPolicy, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { eventually } from "../../support/eventually.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { eventsBody, numbered, TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";
import { openPage, Visitor } from "./visitor.ts";

/** The cells of a row by their labels, without their tags. */
function cellsIn(text: string, row: string): Record<string, string> {
  const [, cells = ""] = new RegExp(`<tr ${row}>(.*?)</tr>`, "s").exec(text) ?? [];
  return Object.fromEntries(
    [...cells.matchAll(/<td data-label="([^"]*)">(.*?)<\/td>/gs)].map(([, label, content = ""]) => [
      label,
      content.replace(/<[^>]*>/g, "").trim(),
    ]),
  );
}

Deno.test("page: a manager that is alone shows itself, with every duty and no lease", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const text = await visitor.read("/page/nodes");
  assert.match(cellsIn(text, 'data-node="node"').Duties ?? "", /^deadlines, takeover/);
  assert.ok(!text.includes("Lease"));
  assert.ok(!text.includes("Streams"));
});

/** Makes a durable consumer that has read nothing yet. */
async function readBySomebody(url: string, stream: string): Promise<void> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.consumers.add(stream, {
    durable_name: "archive",
    ack_policy: AckPolicy.Explicit,
  });
  await connection.close();
}

clusterTest(
  "page: the nodes of a cluster with their leases, duties and load, and the streams that they stand on",
  async () => {
    await using server = await startOne();
    const options = clusterOptions([server.url], { name: "t", max_bytes: "20MB" });
    const open = (node: string) =>
      TestManager.open({ agent: false, cluster: { ...options, node } });
    await using one = await open("m1");
    await using other = await open("m2");
    await one.enrol();
    const posted = await one.postEvents(eventsBody(one.agentId, ...numbered(2)), { key: "k" });
    assert.equal(posted.status, 204);
    await readBySomebody(server.url, "t_EVENTS_0");
    const visitor = await new Visitor(other).logIn();
    const text = await eventually(
      () => visitor.read("/page/nodes"),
      (text) => text.includes('data-stream="t_EVENTS_0"'),
    );
    const { Node, Duties, Lease, ...shown } = cellsIn(text, 'data-node="m1"');
    assert.deepEqual([Node, Lease], ["m1", "now"]);
    assert.match(Duties ?? "", /^deadlines, takeover/);
    assert.equal(shown["Open polls"], "0");
    assert.match(shown["Stored within (p99)"] ?? "", /^[\d.]+ ms$/);
    assert.equal(cellsIn(text, 'data-node="m2"').Duties, "none");
    const stream = cellsIn(text, 'data-stream="t_EVENTS_0"');
    assert.deepEqual([stream.Copies, stream.Messages], ["1 current", "1"]);
    assert.match(stream.Size ?? "", / of 20\.0 MB$/);
    const consumer = cellsIn(text, 'data-consumer="archive"');
    assert.deepEqual([consumer.Stream, consumer["To come"], consumer["Not acknowledged"]], [
      "t_EVENTS_0",
      "1",
      "0",
    ]);

    assert.match(await visitor.read("/page/flow"), /What came by <strong>m2<\/strong>/);
    const agent = await visitor.read(`/page/agents/${one.agentId}`);
    assert.match(agent, /<code>k<\/code>/, "a batch that came by the other manager");
  },
);
