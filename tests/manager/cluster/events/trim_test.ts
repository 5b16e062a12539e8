import assert from "node:assert/strict";
import { AckPolicy } from "@nats-io/jetstream";
import { ensureEventStreams } from "../../../../src/manager/cluster/link/assets.ts";
import { ClusterLink } from "../../../../src/manager/cluster/link/cluster_link.ts";
import { Names } from "../../../../src/manager/cluster/link/names.ts";
import { Trimmer } from "../../../../src/manager/cluster/events/trim.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { clusterOptions } from "../../stores/contract.ts";

const HOUR_MS = 3_600_000;
/** 20 of these are 85 % of the stream's room. */
const BATCHES = 20;
const PAYLOAD = "x".repeat(44_000);

/** A stream of events that is nearly full, and who makes room in it. */
async function openScene(
  changes: Record<string, unknown> = {},
  indexed: (stream: number) => number | undefined = () => undefined,
) {
  const server = await startOne();
  const options = clusterOptions([server.url], { max_bytes: "1MiB", ...changes });
  const link = await ClusterLink.open(options);
  const names = new Names(options.name, 1);
  await ensureEventStreams(link, names);
  const stream = names.of("EVENTS_0");
  for (let batch = 0; batch < BATCHES; batch++) {
    const agent = `agent ${batch % 2}`;
    const { subject } = names.placeOf({ agentId: agent, stream: "stateless", key: undefined });
    const headers = { Agent: agent, Stream: "stateless", Events: "3" };
    await link.publisher.publish(subject, PAYLOAD, headers);
  }
  const clock = new MemoryClock(Date.now());
  const lost = new Map<string, number>();
  const trimmer = new Trimmer({
    link,
    names,
    members: { holds: () => true },
    clock,
    indexed,
    onLost: (agentId, losses) => {
      for (const { events } of losses) lost.set(agentId, (lost.get(agentId) ?? 0) + events);
    },
  });
  return {
    link,
    stream,
    clock,
    trimmer,
    lost,
    left: async () => (await link.manager.streams.info(stream)).state,
    read: (batches: number, filter: Record<string, unknown> = {}) =>
      readSome(link, stream, batches, filter),
    [Symbol.asyncDispose]: async () => {
      await link.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function readSome(
  { manager, js }: ClusterLink,
  stream: string,
  batches: number,
  filter: Record<string, unknown>,
): Promise<void> {
  const name = `reader${batches}`;
  const settings = { durable_name: name, ack_policy: AckPolicy.Explicit, ...filter };
  await manager.consumers.add(stream, settings);
  if (batches === 0) return;
  const messages = await (await js.consumers.get(stream, name)).fetch({ max_messages: batches });
  for await (const message of messages) await message.ackAck();
}

clusterTest(
  "Trimmer removes what all have read and is older than the horizon, as much as makes room",
  async () => {
    await using scene = await openScene();
    await scene.read(10);
    await scene.trimmer.trim();
    assert.equal((await scene.left()).first_seq, 1, "younger than the horizon");
    await scene.clock.advance(25 * HOUR_MS);
    await scene.trimmer.trim();
    const { first_seq, bytes } = await scene.left();
    assert.ok(first_seq > 1 && first_seq < 10, `begins at ${first_seq}`);
    assert.ok(bytes < 0.7 * 1_048_576);
    await scene.trimmer.trim();
    assert.equal((await scene.left()).first_seq, first_seq, "there is room");
  },
);

clusterTest(
  "Trimmer leaves what one consumer has not read, and goes by those who read all of theirs",
  async () => {
    await using scene = await openScene({ when_full: "drop_oldest" });
    await scene.read(20);
    await scene.read(2);
    await scene.read(0, { filter_subject: "*.ev.0.stateful.>" });
    await scene.clock.advance(25 * HOUR_MS);
    await scene.trimmer.trim();
    assert.equal((await scene.left()).first_seq, 3);
    assert.equal(scene.lost.size, 0);
  },
);

clusterTest("Trimmer leaves what the index that is fed has not", async () => {
  await using scene = await openScene({ when_full: "drop_oldest" }, (stream) => stream + 4);
  await scene.clock.advance(25 * HOUR_MS);
  await scene.trimmer.trim();
  assert.equal((await scene.left()).first_seq, 5);
  assert.equal(scene.lost.size, 0);
});

clusterTest("Trimmer removes nothing that nobody reads", async () => {
  await using scene = await openScene();
  await scene.clock.advance(25 * HOUR_MS);
  await scene.trimmer.trim();
  assert.equal((await scene.left()).messages, BATCHES);
});

clusterTest(
  "Trimmer drops the oldest where that is wanted and nobody reads, and tells whose they were",
  async () => {
    await using scene = await openScene({ when_full: "drop_oldest" });
    await scene.trimmer.trim();
    const { messages, bytes } = await scene.left();
    assert.ok(bytes < 0.7 * 1_048_576);
    const dropped = BATCHES - messages;
    assert.deepEqual([...scene.lost].sort(), [
      ["agent 0", 3 * Math.ceil(dropped / 2)],
      ["agent 1", 3 * Math.floor(dropped / 2)],
    ]);
  },
);
