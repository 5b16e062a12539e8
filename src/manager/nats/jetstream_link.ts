/**
 * Messages to a stream of JetStream: taken means that they are stored there.
 *
 * @module
 */

import {
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  jetstreamManager,
} from "@nats-io/jetstream";
import { InvalidArgumentError, nanos, type NatsConnection } from "@nats-io/transport-node";
import { natsHeaders } from "./core_link.ts";
import { describeFailure, isPublishDenied } from "./failure.ts";
import type { Link, Outcome } from "./link.ts";
import type { OutgoingMessage } from "./message_sealer.ts";
import type { NatsOptions } from "./options_schema.ts";
import { allSubjects, covers, subjectPatterns } from "./subjects.ts";

// Codes of https://github.com/nats-io/nats-server/blob/main/server/errors.json
const MESSAGE_TOO_LARGE = 10_054;
const NO_SUCH_STREAM = 10_059;
const OTHER_STREAM_TOOK_SUBJECT = 10_060;

/** Publishes, with an id by which the stream knows a repeated message, and waits for each answer. */
export class JetStreamLink implements Link {
  readonly closed: Promise<void>;
  readonly #connection: NatsConnection;
  readonly #client: JetStreamClient;
  readonly #stream: string;

  private constructor(connection: NatsConnection, { stream, publish_timeout }: NatsOptions) {
    this.#connection = connection;
    this.#client = jetstream(connection, { timeout: publish_timeout });
    this.#stream = stream;
    this.closed = connection.closed().then(() => {});
  }

  /**
   * Makes the stream where it is missing.
   *
   * @throws Error when the server has no JetStream, or does not permit it
   */
  static async open(connection: NatsConnection, options: NatsOptions): Promise<JetStreamLink> {
    await ensureStream(connection, options);
    return new JetStreamLink(connection, options);
  }

  get server(): string {
    return this.#connection.getServer();
  }

  get isClosed(): boolean {
    return this.#connection.isClosed();
  }

  async send(messages: readonly OutgoingMessage[]): Promise<Outcome[]> {
    const sent = await Promise.allSettled(messages.map((message) => this.#publish(message)));
    return sent.map((result) =>
      result.status === "fulfilled"
        ? { kind: "taken", duplicate: result.value.duplicate }
        : failedOutcome(result.reason)
    );
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #publish({ id, subject, payload, headers }: OutgoingMessage) {
    return this.#client.publish(subject, payload, {
      msgID: id,
      expect: { streamName: this.#stream },
      headers: natsHeaders(headers),
    });
  }
}

function failedOutcome(error: unknown): Outcome {
  const reason = describeFailure(error).text;
  if (error instanceof InvalidArgumentError) return { kind: "refused", reason, final: true };
  if (isPublishDenied(error)) return { kind: "refused", reason, final: false };
  if (!(error instanceof JetStreamApiError)) return { kind: "unknown", reason };
  switch (error.code) {
    case MESSAGE_TOO_LARGE:
      return { kind: "refused", reason, final: false };
    case OTHER_STREAM_TOOK_SUBJECT:
      // Something is wrong with the stream's subjects, which the next connection looks at.
      return { kind: "unknown", reason };
    default:
      return { kind: "held", reason };
  }
}

/** Makes the stream, or makes sure that it takes all messages. */
async function ensureStream(connection: NatsConnection, options: NatsOptions): Promise<void> {
  const { streams } = await jetstreamManager(connection, { timeout: options.publish_timeout });
  try {
    const { config: { subjects } } = await streams.info(options.stream);
    checkSubjects(subjects, options);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NO_SUCH_STREAM) throw error;
    await streams.add({
      name: options.stream,
      subjects: [allSubjects(options.subject_prefix)],
      max_age: nanos(options.stream_max_age),
      duplicate_window: nanos(Math.min(options.stream_duplicate_window, options.stream_max_age)),
    });
  }
}

function checkSubjects(subjects: readonly string[] = [], options: NatsOptions): void {
  const { stream, subject_prefix } = options;
  const missing = subjectPatterns(subject_prefix)
    .some((pattern) => !subjects.some((subject) => covers(subject, pattern)));
  if (!missing) return;
  throw new Error(
    `stream ${stream} does not take ${allSubjects(subject_prefix)}; add the subject or name ` +
      "another stream",
  );
}
