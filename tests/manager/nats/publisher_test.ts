import assert from "node:assert/strict";
import { z } from "zod";
import { NatsServer, natsTest } from "../../support/nats_server.ts";
import {
  announce,
  change,
  Consumer,
  keepAlive,
  PublisherScene,
  storedChanges,
  until,
} from "./scene.ts";

const AGENT = "01900000-0000-7000-8000-000000000001";

/** The documents, as the protocol describes them. */
const KEEPALIVE = z.strictObject({
  event: z.strictObject({
    agent_id: z.string(),
    agent_name: z.string(),
    ip_address: z.string(),
    timestamp: z.int(),
    event_type: z.literal("keepalive_sent"),
    manager_node: z.string(),
    interval: z.number(),
  }),
  security: z.strictObject({
    source: z.literal("wazuh-manager"),
    version: z.string(),
    sequence: z.int(),
  }),
});
const STATUS_CHANGE = z.strictObject({
  status_change: z.strictObject({
    agent_id: z.string(),
    agent_name: z.string(),
    previous_status: z.int().min(0).max(3),
    current_status: z.int().min(0).max(3),
    ip_address: z.string(),
    timestamp: z.int(),
    reason: z.string(),
    missed_keepalives: z.int(),
    alert_level: z.int().min(0).max(15),
  }),
});

natsTest(
  "publisher puts each document on its subject, and an alert beside a bad change",
  async () => {
    await using server = await NatsServer.start();
    await using consumer = await Consumer.open(server.url);
    await using scene = new PublisherScene();
    const opened = await scene.open({ servers: [server.url], node: "node-1" });
    announce(opened, keepAlive());
    announce(opened, change());
    announce(opened, change({ previous: "disconnected", current: "active" }));
    const messages = await consumer.messages(4);
    assert.deepEqual(messages.map(({ subject }) => subject), [
      `wazuh.xdr.manager.keepalive.${AGENT}`,
      `wazuh.xdr.agent.${AGENT}.status_change`,
      "wazuh.xdr.alerts.agent_disconnected",
      `wazuh.xdr.agent.${AGENT}.status_change`,
    ]);
    const [sent, lost, alert, back] = messages.map(({ text }) => JSON.parse(text));
    const { event, security } = KEEPALIVE.parse(sent);
    assert.deepEqual([event.timestamp, event.interval, event.manager_node], [
      1_767_225_600,
      60,
      "node-1",
    ]);
    assert.equal(security.sequence, Number(messages[0]?.headers["Agent-Sequence"]));
    assert.deepEqual(alert, STATUS_CHANGE.parse(lost));
    assert.deepEqual(lost.status_change, {
      agent_id: AGENT,
      agent_name: "box",
      previous_status: 0,
      current_status: 1,
      ip_address: "192.0.2.7",
      timestamp: 1_767_225_600,
      reason: "keepalive_timeout",
      missed_keepalives: 3,
      alert_level: 9,
    });
    assert.equal(STATUS_CHANGE.parse(back).status_change.alert_level, 0);
  },
);

natsTest(
  "publisher keeps what happens while NATS is away, and loses and repeats nothing",
  async () => {
    const changes = 5_000;
    await using server = await NatsServer.startJetStream();
    await using scene = new PublisherScene();
    const options = { servers: [server.url], jetstream: true, node: "node-1" };
    const opened = await scene.open(options);
    await scene.audited("connected");
    announce(opened, change({ current: "active", missedKeepAlives: 0 }));
    await scene.audited("published");
    await server.goAway();
    for (let index = 1; index <= changes; index++) {
      announce(opened, change({ current: "active", missedKeepAlives: index }));
    }
    await scene.audited("connect_failed");
    // The manager is started again in between: what waits is in its database.
    const restarted = await scene.open(options);
    assert.equal(restarted.stats().nats?.waiting, changes);
    await server.comeBack();
    await until(() => restarted.stats().nats?.waiting === 0, "everything published");
    const stored = await storedChanges(server.url);
    assert.deepEqual(
      stored.map(({ document }) => document.status_change.missed_keepalives),
      Array.from({ length: changes + 1 }, (_, index) => index),
    );
    const [first = 0] = stored.map(({ sequence }) => sequence);
    assert.deepEqual(
      stored.map(({ sequence }) => sequence),
      stored.map((_, index) => first + index),
    );
  },
);

natsTest(
  "publisher cut off again and again in the middle stores each message once, in order",
  async () => {
    const changes = 3_000;
    await using server = await NatsServer.startJetStream();
    await using scene = new PublisherScene();
    const publisher = await scene.open({ servers: [server.url], jetstream: true });
    await scene.audited("connected");
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < changes / 3; index++) {
        const missedKeepAlives = round * changes / 3 + index;
        announce(publisher, change({ current: "active", missedKeepAlives }));
      }
      const before = publisher.stats().nats?.published ?? 0;
      await until(() => (publisher.stats().nats?.published ?? 0) > before, "some published");
      await server.goAway();
      await server.comeBack();
    }
    await until(() => publisher.stats().nats?.waiting === 0, "everything published");
    const stored = await storedChanges(server.url);
    assert.deepEqual(
      stored.map(({ document }) => document.status_change.missed_keepalives),
      Array.from({ length: changes }, (_, index) => index),
    );
  },
);

natsTest("publisher drops the oldest beyond outbox_max, counts them and says so", async () => {
  await using server = await NatsServer.startJetStream();
  await using scene = new PublisherScene();
  await server.goAway();
  const options = { servers: [server.url], jetstream: true, outbox_max: 10 };
  const publisher = await scene.open(options);
  for (let turn = 0; turn < 3; turn++) {
    for (let index = 0; index < 8; index++) {
      const missedKeepAlives = turn * 8 + index;
      announce(publisher, change({ current: "active", missedKeepAlives }));
    }
    await until(
      () => (publisher.stats().nats?.waiting ?? 0) === Math.min(10, 8 * (turn + 1)),
      "stored",
    );
  }
  await until(() => publisher.stats().nats?.dropped === 14, "dropped");
  const { dropped_since_start } = await scene.audited("dropped");
  assert.equal(dropped_since_start, 14);
  await server.comeBack();
  await until(() => publisher.stats().nats?.waiting === 0, "everything published");
  const stored = await storedChanges(server.url);
  assert.deepEqual(
    stored.map(({ document }) => document.status_change.missed_keepalives),
    Array.from({ length: 10 }, (_, index) => 14 + index),
  );
});
