/**
 * What a manager has published to a JetStream stream, each document checked for its form.
 *
 * @module
 */

import assert from "node:assert/strict";
import { jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { z } from "zod";

const STREAM = "AGENT_STATUS";
const STATUS = z.int().min(0).max(3);
const SECONDS = z.int().min(1_500_000_000).max(10_000_000_000);

const KEEPALIVE = z.strictObject({
  event: z.strictObject({
    agent_id: z.uuid(),
    agent_name: z.string().min(1),
    ip_address: z.ipv4(),
    timestamp: SECONDS,
    event_type: z.literal("keepalive_sent"),
    manager_node: z.literal("manager"),
    interval: z.number().positive(),
  }),
  security: z.strictObject({
    source: z.literal("wazuh-manager"),
    version: z.string().min(1),
    sequence: z.int().positive(),
  }),
});

const COMMON = {
  agent_id: z.uuid(),
  agent_name: z.string().min(1),
  previous_status: STATUS,
  current_status: STATUS,
  ip_address: z.ipv4(),
  timestamp: SECONDS,
  missed_keepalives: z.int().min(0),
  alert_level: z.int().min(0).max(15),
};

const PLAIN_REASON = z.enum([
  "keepalive_timeout",
  "max_missed",
  "agent_shutdown",
  "reconnected",
  "first_contact",
]);

const STATUS_CHANGE = z.strictObject({
  status_change: z.discriminatedUnion("reason", [
    z.strictObject({ ...COMMON, reason: PLAIN_REASON }),
    z.strictObject({ ...COMMON, reason: z.literal("flapping"), changes: z.int().positive() }),
  ]),
});

/** A change as it stands on the wire. */
export type PublishedChange = z.infer<typeof STATUS_CHANGE>["status_change"];

/** A message of the stream. */
export interface PublishedMessage {
  subject: string;
  /** Of its header. */
  sequence: number;
  /** `undefined` for a keep-alive. */
  change: PublishedChange | undefined;
}

/**
 * All messages of the stream in its order; none when there is no stream yet.
 *
 * @throws Error when a document is not as it should be, or a number is missing or comes twice
 */
export async function publishedMessages(url: string): Promise<PublishedMessage[]> {
  const connection = await connect({ servers: url });
  try {
    const { streams } = await jetstreamManager(connection);
    const names = await streams.names().next();
    if (!names.includes(STREAM)) return [];
    const { state } = await streams.info(STREAM);
    if (state.messages === 0) return [];
    const consumer = await jetstream(connection).consumers.get(STREAM);
    const messages: PublishedMessage[] = [];
    for await (const message of await consumer.fetch({ max_messages: state.messages })) {
      const sequence = Number(message.headers?.get("Agent-Sequence"));
      const before = messages.at(-1)?.sequence ?? sequence - 1;
      assert.equal(sequence, before + 1, "numbers count up by one");
      messages.push({ subject: message.subject, sequence, change: changeIn(message, sequence) });
    }
    return messages;
  } finally {
    await connection.close();
  }
}

function changeIn(message: JsMsg, sequence: number): PublishedChange | undefined {
  const { subject } = message;
  if (subject.includes(".manager.keepalive.")) {
    const { event, security } = KEEPALIVE.parse(message.json());
    assert.equal(subject, `wazuh.xdr.manager.keepalive.${event.agent_id}`);
    assert.equal(security.sequence, sequence);
    return undefined;
  }
  const { status_change } = STATUS_CHANGE.parse(message.json());
  const own = `wazuh.xdr.agent.${status_change.agent_id}.status_change`;
  assert.ok([own, "wazuh.xdr.alerts.agent_disconnected"].includes(subject), subject);
  return status_change;
}
