/**
 * A publisher with the manager's tables, and a consumer, for the tests of both.
 *
 * @module
 */

import assert from "node:assert/strict";
import { resetSync } from "@logtape/logtape";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Clock, systemClock } from "../../../src/shared/clock.ts";
import type {
  Finding,
  KeepAliveSent,
  StatusChange,
} from "../../../src/manager/keep_alive/announcement.ts";
import type { StatusChangeDocument } from "../../../src/manager/nats/documents.ts";
import { type ConnectionOptions, connectTo } from "../../../src/manager/nats/nats_connection.ts";
import { auditLogSchema, natsSchema } from "../../../src/manager/nats/options_schema.ts";
import { configureLog } from "../../../src/shared/log/log.ts";
import { openPublisher, type Publisher } from "../../../src/manager/nats/publisher.ts";
import { Store } from "../../../src/manager/store.ts";
import { TempFolder } from "../../support/queues.ts";

const STREAM = "AGENT_STATUS";
const UNTIL_MS = 20_000;
const LOOK_EVERY_MS = 5;

/** Waits until something holds; fails when that takes longer than 20 s. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + UNTIL_MS;
  while (!await holds()) {
    assert.ok(performance.now() < deadline, `Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** A change of state, as the monitor announces it. */
export function change(changes: Partial<StatusChange> = {}): StatusChange {
  return {
    kind: "status_changed",
    agentId: "01900000-0000-7000-8000-000000000001",
    agentName: "box",
    groups: ["web"],
    previous: "active",
    current: "disconnected",
    ipAddress: "192.0.2.7",
    atMs: 1_767_225_600_123,
    reason: "keepalive_timeout",
    missedKeepAlives: 3,
    ...changes,
  };
}

/** A keep-alive, as the monitor announces it. */
export function keepAlive(changes: Partial<KeepAliveSent> = {}): KeepAliveSent {
  return {
    kind: "keep_alive_sent",
    agentId: "01900000-0000-7000-8000-000000000001",
    agentName: "box",
    ipAddress: "192.0.2.7",
    atMs: 1_767_225_600_123,
    intervalMs: 60_000,
    ...changes,
  };
}

/** Has a publisher announce one finding, as the monitor does. */
export function announce({ announcer }: Pick<Publisher, "announcer">, finding: Finding): void {
  announcer.announce([finding])();
}

/** Keeps what the manager logs, as somebody reads it, until it is disposed. */
export class LoggedLines implements Disposable {
  readonly lines: string[] = [];
  readonly #log = configureLog({
    level: "debug",
    format: "json",
    isTerminal: false,
    write: (line) => {
      const { level, message } = JSON.parse(line);
      this.lines.push(`${level} ${message}`);
    },
  });

  [Symbol.dispose](): void {
    this.#log.close();
    resetSync();
  }
}

/** One line of an audit log. */
export interface AuditLine {
  event: string;
  [detail: string]: unknown;
}

/** Publishers on one database and audit log, one at a time, as a manager that is started again. */
export class PublisherScene implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly auditPath = this.folder.file("audit.jsonl");
  readonly store = new Store({
    path: this.folder.file("manager.db"),
    keepEvents: 10,
    idempotencyKeys: 10,
  });
  #publisher: Publisher | undefined;

  /** Opens a publisher; `nats` as in a configuration file. */
  async open(nats: Record<string, unknown>, clock: Clock = systemClock): Promise<Publisher> {
    await this.#publisher?.close();
    this.#publisher = await openPublisher({
      nats: natsSchema.parse({
        enabled: true,
        connect_timeout: "2s",
        publish_timeout: "2s",
        reconnect_delay: "20ms",
        ...nats,
      }),
      audit_log: auditLogSchema.parse({ path: this.auditPath, max_size: "100MiB" }),
    }, { database: this.store.database, clock, version: "1.2.3" });
    return this.#publisher;
  }

  /** Writes a file that only its owner may read, and returns its path. */
  secret(name: string, text: string): string {
    const path = this.folder.file(name);
    Deno.writeTextFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** The audit log so far. */
  async audit(): Promise<AuditLine[]> {
    const text = await Deno.readTextFile(this.auditPath).catch(() => "");
    return text.split("\n").slice(0, -1).map((line) => JSON.parse(line) as AuditLine);
  }

  /** Waits for a line of the audit log and returns it. */
  async audited(event: string): Promise<AuditLine> {
    let found: AuditLine | undefined;
    await until(async () => {
      found = (await this.audit()).findLast((line) => line.event === event);
      return found !== undefined;
    }, `audit line ${event}`);
    return found ?? { event };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#publisher?.close();
    this.store.close();
    this.folder[Symbol.dispose]();
  }
}

/** A message as a consumer gets it. */
export interface Received {
  subject: string;
  text: string;
  headers: Record<string, string>;
}

/** Subscribes to everything, and keeps it. */
export class Consumer implements AsyncDisposable {
  readonly received: Received[] = [];

  private constructor(readonly connection: NatsConnection) {}

  /** Connects and waits until the subscription is in force. */
  static async open(
    url: string,
    credentials: Partial<ConnectionOptions> = {},
  ): Promise<Consumer> {
    const consumer = new Consumer(await client(url, credentials));
    consumer.connection.subscribe("wazuh.xdr.>", {
      callback: (_error, message) => {
        const headers: Record<string, string> = {};
        for (const [name, [value = ""]] of message.headers ?? []) headers[name] = value;
        consumer.received.push({ subject: message.subject, text: message.string(), headers });
      },
    });
    await consumer.connection.flush();
    return consumer;
  }

  /** Waits for `count` messages. */
  async messages(count: number): Promise<Received[]> {
    await until(() => this.received.length >= count, `${count} messages`);
    return this.received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}

/** A connection of the test's own. */
export function client(
  url: string,
  credentials: Partial<ConnectionOptions> = {},
): Promise<NatsConnection> {
  const { signal } = new AbortController();
  const options = { connect_timeout: 5_000, publish_timeout: 5_000, tls: {}, ...credentials };
  return connectTo({ server: url, name: "test", signal }, options);
}

/** A status change in a stream. */
export interface StoredChange {
  /** Of its header. */
  sequence: number;
  document: StatusChangeDocument;
}

/** The status changes that the stream has stored, in order. */
export async function storedChanges(url: string): Promise<StoredChange[]> {
  const connection = await client(url);
  try {
    const { streams } = await jetstreamManager(connection);
    const { state } = await streams.info(STREAM);
    const consumer = await jetstream(connection).consumers.get(STREAM);
    const stored: StoredChange[] = [];
    for await (const message of await consumer.fetch({ max_messages: state.messages })) {
      const sequence = Number(message.headers?.get("Agent-Sequence"));
      stored.push({ sequence, document: message.json<StatusChangeDocument>() });
    }
    return stored;
  } finally {
    await connection.close();
  }
}
