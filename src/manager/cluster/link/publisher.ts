/**
 * Publishes messages to streams and waits until the stream's leader says that they are stored.
 *
 * Small messages leave in groups: one that comes while others are under way waits for their answers, or 2 ms, and leaves with those
 * that came meanwhile. Servers then take, replicate and write many at once, which costs them a third of what it costs singly. A message
 * that comes when nothing is under way leaves at once.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import {
  createInbox,
  headers as natsHeaders,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/transport-node";
import { PublishTimes } from "./publish_times.ts";

/** Longest that a message waits for others. */
const GROUP_WITHIN_MS = 2;
/** From so many bytes on, what waits leaves without waiting any longer. */
const FULL_GROUP_BYTES = 256 * 1_024;
const NO_RESPONDERS = 503;

/** A message on its way. */
interface Message {
  subject: string;
  payload: Uint8Array | string;
  headers: MsgHdrs | undefined;
  answered: PromiseWithResolvers<number>;
  /** By when an answer must have come; monotonic, in milliseconds. */
  dueMs: number;
}

/** What a stream answers to a message. */
interface Acknowledgement {
  seq?: number;
  error?: { code: number; err_code: number; description: string };
}

/** Publishes over one connection. */
export class Publisher {
  readonly #connection: NatsConnection;
  readonly #timeoutMs: number;
  readonly #inbox = createInbox();
  /** Of the messages that were stored. */
  readonly times = new PublishTimes();
  /** By what their answers are addressed to, oldest first. */
  readonly #underWay = new Map<string, Message>();
  #waiting: Message[] = [];
  #waitingBytes = 0;
  #lastToken = 0;
  #isLeaving = false;
  #departure: ReturnType<typeof setTimeout> | undefined;
  #sweep: ReturnType<typeof setTimeout> | undefined;

  /** @param timeoutMs how long an answer is waited for */
  constructor(connection: NatsConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#answer(message),
    });
    void connection.closed().then(() => this.#end());
  }

  /**
   * Publishes a message; resolves to its sequence in the stream.
   *
   * @throws JetStreamApiError when the stream does not take it, Error when nobody is there or answers in time: it may be stored
   */
  publish(
    subject: string,
    payload: Uint8Array | string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<number> {
    if (this.#connection.isClosed()) return Promise.reject(new Error("the connection is closed"));
    const answered = Promise.withResolvers<number>();
    const encoded = headers && headersOf(headers);
    this.#waiting.push({ subject, payload, headers: encoded, answered, dueMs: Infinity });
    this.#waitingBytes += payload.length;
    if (this.#waitingBytes >= FULL_GROUP_BYTES) this.#leave();
    else if (this.#underWay.size === 0) this.#leaveSoon();
    else this.#departure ??= setTimeout(() => this.#leave(), GROUP_WITHIN_MS);
    return answered.promise;
  }

  /** What comes in the same turn of the loop comes along. */
  #leaveSoon(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    queueMicrotask(() => this.#leave());
  }

  #leave(): void {
    const group = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isLeaving = false;
    clearTimeout(this.#departure);
    this.#departure = undefined;
    for (const message of group) this.#send(message);
  }

  #send(message: Message): void {
    const { subject, payload, headers } = message;
    const token = (++this.#lastToken).toString(36);
    message.dueMs = performance.now() + this.#timeoutMs;
    this.#underWay.set(token, message);
    this.#sweep ??= setTimeout(() => this.#giveUpLate(), this.#timeoutMs);
    try {
      const reply = `${this.#inbox}.${token}`;
      this.#connection.publish(subject, payload, { reply, ...(headers && { headers }) });
    } catch (error) {
      this.#underWay.delete(token);
      message.answered.reject(error);
    }
  }

  #answer(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length + 1);
    const asked = this.#underWay.get(token);
    // Given up already.
    if (asked === undefined) return;
    this.#underWay.delete(token);
    if (this.#underWay.size === 0 && this.#waiting.length > 0) this.#leaveSoon();
    if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) {
      return asked.answered.reject(new Error("JetStream has no leader, or is not enabled"));
    }
    const { seq, error } = message.json<Acknowledgement>();
    if (error !== undefined) asked.answered.reject(new JetStreamApiError(error));
    else if (seq === undefined) asked.answered.reject(new Error("no answer of a stream"));
    else {
      this.times.add(asked.dueMs - this.#timeoutMs);
      asked.answered.resolve(seq);
    }
  }

  /** All wait equally long, so the oldest is the first that is late. */
  #giveUpLate(): void {
    this.#sweep = undefined;
    const nowMs = performance.now();
    for (const [token, { answered, dueMs }] of this.#underWay) {
      if (dueMs > nowMs) {
        this.#sweep = setTimeout(() => this.#giveUpLate(), dueMs - nowMs);
        return;
      }
      this.#underWay.delete(token);
      answered.reject(new Error("timeout"));
    }
  }

  #end(): void {
    clearTimeout(this.#departure);
    clearTimeout(this.#sweep);
    const lost = new Error("the connection is closed");
    for (const { answered } of [...this.#underWay.values(), ...this.#waiting]) {
      answered.reject(lost);
    }
    this.#underWay.clear();
    this.#waiting = [];
  }
}

function headersOf(values: Readonly<Record<string, string>>): MsgHdrs {
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(values)) headers.set(name, value);
  return headers;
}
