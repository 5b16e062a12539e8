import assert from "node:assert/strict";
import { jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { type Clock, systemClock } from "../../../src/shared/clock.ts";
import { NatsServer, natsTest } from "../../support/nats_server.ts";
import {
  announce,
  change,
  client,
  LoggedLines,
  PublisherScene,
  storedChanges,
  until,
} from "./scene.ts";

const STREAM = "AGENT_STATUS";
const RETURNED = change({ previous: "disconnected", current: "active" });

async function withStreams(
  server: NatsServer,
  work: (streams: Awaited<ReturnType<typeof jetstreamManager>>["streams"]) => Promise<unknown>,
): Promise<void> {
  const connection = await client(server.url);
  await work((await jetstreamManager(connection)).streams);
  await connection.close();
}

function addStream(server: NatsServer, config: Partial<StreamConfig>): Promise<void> {
  return withStreams(
    server,
    (streams) => streams.add({ name: STREAM, subjects: ["wazuh.xdr.>"], ...config }),
  );
}

function bornAt(ms: number): Clock {
  return { ...systemClock, now: () => ms };
}

natsTest(
  "publisher sets aside what is too large for the stream, and stores the rest once",
  async () => {
    await using server = await NatsServer.startJetStream();
    await addStream(server, { max_msg_size: 2_000 });
    await using scene = new PublisherScene();
    using logged = new LoggedLines();
    const publisher = await scene.open({ servers: [server.url], jetstream: true });
    const large = change({ ...RETURNED, agentName: "x".repeat(2_000) });
    for (const one of [RETURNED, large, RETURNED]) announce(publisher, one);
    await until(() => publisher.stats().nats?.set_aside === 1, "set aside");
    const { published, set_aside, failures } = publisher.stats().nats ?? {};
    assert.deepEqual([published, set_aside, failures], [2, 1, 0]);
    assert.equal((await storedChanges(server.url)).length, 2);
    const tries = (await scene.audit()).filter(({ event }) => event === "publish_failed");
    assert.equal(tries.length, 2);
    assert.match(logged.lines.join("\n"), /NATS refuses messages: message size exceeds maximum/);
  },
);

natsTest(
  "publisher waits while the stream is full, says so rarely, and loses nothing",
  async () => {
    await using server = await NatsServer.startJetStream();
    await addStream(server, { max_msgs: 2, discard: "new" });
    await using scene = new PublisherScene();
    using logged = new LoggedLines();
    const publisher = await scene.open({ servers: [server.url], jetstream: true });
    for (let index = 0; index < 5; index++) announce(publisher, RETURNED);
    await until(
      async () =>
        (await scene.audit()).filter(({ event }) => event === "publish_failed").length > 5,
      "several tries",
    );
    const { published, set_aside, waiting, failures } = publisher.stats().nats ?? {};
    assert.deepEqual([published, set_aside, waiting, failures], [2, 0, 3, 0]);
    assert.equal((await scene.audited("publish_failed")).messages, 3);
    const warnings = logged.lines.filter((line) => line.startsWith("warning"));
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0] ?? "", /Stream AGENT_STATUS takes no messages, they wait: maximum/);
    await withStreams(server, (streams) => streams.update(STREAM, { max_msgs: 100 }));
    await until(() => publisher.stats().nats?.waiting === 0, "nothing waits");
    const sequences = (await storedChanges(server.url)).map(({ sequence }) => sequence);
    assert.equal(new Set(sequences).size, 5);
    assert.equal(sequences.length, 5);
  },
);

natsTest("publisher gives up a stream that has other subjects, and says so", async () => {
  await using server = await NatsServer.startJetStream();
  await addStream(server, { subjects: ["orders.>"] });
  await using scene = new PublisherScene();
  using logged = new LoggedLines();
  const publisher = await scene.open({
    servers: [server.url],
    jetstream: true,
    max_reconnects: 2,
  });
  for (let index = 0; index < 50; index++) announce(publisher, RETURNED);
  assert.equal((await scene.audited("gave_up")).attempts, 3);
  const reason =
    `stream ${STREAM} does not take wazuh.xdr.>; add the subject or name another stream`;
  const events = (await scene.audit()).filter(({ event }) => event !== "status_change");
  assert.deepEqual(events.map(({ event, reason }) => [event, reason]), [
    ...Array.from({ length: 3 }, () => ["connect_failed", reason]),
    ["gave_up", undefined],
  ]);
  assert.equal(logged.lines.filter((line) => line.includes(reason)).length, 1);
  assert.equal(publisher.stats().nats?.waiting, 50);
});

natsTest("publisher notices that its subjects were taken from the stream", async () => {
  await using server = await NatsServer.startJetStream();
  await using scene = new PublisherScene();
  using _logged = new LoggedLines();
  const publisher = await scene.open({ servers: [server.url], jetstream: true });
  await scene.audited("connected");
  await withStreams(server, (streams) => streams.update(STREAM, { subjects: ["orders.>"] }));
  for (let index = 0; index < 50; index++) announce(publisher, RETURNED);
  assert.match(String((await scene.audited("connect_failed")).reason), /does not take wazuh\.xdr/);
  const failed = (await scene.audit()).filter(({ event }) => event === "publish_failed");
  assert.deepEqual(failed.map(({ messages }) => messages), [50]);
  await withStreams(server, (streams) => streams.update(STREAM, { subjects: ["wazuh.>"] }));
  await until(() => publisher.stats().nats?.waiting === 0, "everything published");
  assert.equal((await storedChanges(server.url)).length, 50);
});

natsTest("publisher says that another manager uses its node name", async () => {
  await using server = await NatsServer.startJetStream();
  await using ours = new PublisherScene();
  await using theirs = new PublisherScene();
  using logged = new LoggedLines();
  const options = { servers: [server.url], jetstream: true };
  const first = await theirs.open(options, bornAt(1_000));
  for (let index = 0; index < 3; index++) announce(first, RETURNED);
  await until(() => first.stats().nats?.published === 3, "published");
  const second = await ours.open(options, bornAt(1_000));
  for (let index = 0; index < 5; index++) announce(second, RETURNED);
  await until(() => second.stats().nats?.published === 2, "published");
  const { published, duplicates } = second.stats().nats ?? {};
  assert.deepEqual([published, duplicates], [2, 3]);
  assert.match(
    logged.lines.join("\n"),
    /ANOTHER MANAGER USES THE NODE NAME manager: .*, 3 by now;/,
  );
});
