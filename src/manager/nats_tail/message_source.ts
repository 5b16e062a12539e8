/**
 * Where messages come from: a stream of JetStream where one keeps them all, else a subscription.
 *
 * A stream numbers what it keeps, so whoever was away goes on behind the last number. A
 * subscription gives only what is published while it lasts.
 *
 * @module
 */

import { DeliverPolicy, jetstream, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { allSubjects, covers, subjectPatterns } from "../nats/subjects.ts";
import type { ReceivedMessage } from "./message_checker.ts";

/** A message, and what its source knows of it. */
interface SourcedMessage extends ReceivedMessage {
  /** When it was published by the clock that its age is judged by: ms since 1970. */
  cameAtMs: number;
  /** True when it may have been printed before the connection was lost. */
  mayRepeat: boolean;
}

/** Messages of one connection; they end with it. */
export interface MessageSource {
  messages: AsyncIterable<SourcedMessage>;
  /** For people: what is listened to. */
  about: string;
  /** Ends the messages. */
  stop(): void;
}

/** How far messages were taken, over all connections. */
export class Position {
  /** The newest message that was taken of a stream, or the newest there was at the first look. */
  stream: { name: string; created: string; sequence: number } | undefined;
  /** Until when a subscription gave messages: ms since 1970. */
  subscribedUntilMs: number | undefined;
}

const MAX_WAITING_MESSAGES = 100_000;
/** How far the clocks of this machine and of the server may be apart where only time tells what was missed. */
const CLOCK_DIFFERENCE_MS = 60_000;

/** Opens the messages of a connection, from `position` on where that is possible. */
export async function openSource(
  connection: NatsConnection,
  { prefix, position, timeoutMs }: { prefix: string; position: Position; timeoutMs: number },
): Promise<MessageSource> {
  const stream = await findStream(connection, prefix, timeoutMs).catch((error) => {
    // Without the numbers of the stream that was read before, the place in it would be lost.
    if (connection.isClosed() || position.stream !== undefined) throw error;
    return undefined;
  });
  if (stream === undefined) return await subscribe(connection, prefix, position);
  return await readStream(connection, stream, { prefix, position });
}

/**
 * The stream that keeps all messages; `undefined` when there is none.
 *
 * @throws Error without JetStream, without permission to it, or when the connection is lost
 */
async function findStream(
  connection: NatsConnection,
  prefix: string,
  timeoutMs: number,
): Promise<StreamInfo | undefined> {
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: timeoutMs });
  for await (const info of manager.streams.list(allSubjects(prefix))) {
    if (keepsAll(info, prefix)) return info;
  }
  return undefined;
}

function keepsAll({ config: { subjects = [] } }: StreamInfo, prefix: string): boolean {
  return subjectPatterns(prefix)
    .every((pattern) => subjects.some((subject) => covers(subject, pattern)));
}

async function subscribe(
  connection: NatsConnection,
  prefix: string,
  position: Position,
): Promise<MessageSource> {
  const subject = allSubjects(prefix);
  const subscription = connection.subscribe(subject);
  await connection.flush();
  async function* messages(): AsyncGenerator<SourcedMessage> {
    for await (const message of subscription) {
      if (subscription.getPending() > MAX_WAITING_MESSAGES) {
        throw new Error("Messages come faster than they can be checked");
      }
      position.subscribedUntilMs = Date.now();
      yield { ...received(message), cameAtMs: Date.now(), mayRepeat: false };
    }
  }
  position.subscribedUntilMs = Date.now();
  position.stream = undefined;
  return { messages: messages(), about: subject, stop: () => subscription.unsubscribe() };
}

async function readStream(
  connection: NatsConnection,
  stream: StreamInfo,
  { prefix, position }: { prefix: string; position: Position },
): Promise<MessageSource> {
  const { config: { name }, created, state } = stream;
  const subject = allSubjects(prefix);
  const { after, since, isExact } = startIn(stream, position);
  const { consumers } = jetstream(connection);
  const consumer = await consumers.get(name, {
    filter_subjects: subject,
    ...(since === undefined
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since.toISOString() }),
  });
  const consumed = await consumer.consume();
  connection.closed().then(() => consumed.stop());
  const taken = { name, created, sequence: after };
  position.stream = taken;
  async function* messages(): AsyncGenerator<SourcedMessage> {
    for await (const message of consumed) {
      taken.sequence = message.seq;
      const mayRepeat = !isExact && message.seq <= state.last_seq;
      yield { ...received(message), cameAtMs: message.time.getTime(), mayRepeat };
    }
  }
  const about = `${subject} in the stream ${name}, behind message ${after}`;
  return { messages: messages(), about, stop: () => consumed.stop() };
}

/** Where to begin in a stream. */
interface Start {
  /** Number of the last message that is not wanted. */
  after: number;
  /** Where no number is known: begin with what was kept then. */
  since?: Date;
  /** True when everything behind it is new. */
  isExact: boolean;
}

function startIn({ config: { name }, created, state }: StreamInfo, position: Position): Start {
  const { stream: taken, subscribedUntilMs } = position;
  if (taken === undefined && subscribedUntilMs === undefined) {
    return { after: state.last_seq, isExact: true };
  }
  if (taken === undefined) {
    const since = new Date((subscribedUntilMs ?? 0) - CLOCK_DIFFERENCE_MS);
    return { after: 0, since, isExact: false };
  }
  const isSame = taken.name === name && taken.created === created;
  if (isSame && taken.sequence <= state.last_seq) return { after: taken.sequence, isExact: true };
  // Another stream than before, or one that was put back: its numbers say nothing.
  return { after: 0, isExact: false };
}

function received(message: {
  subject: string;
  headers?: MsgHdrs | undefined;
  data: Uint8Array;
}): ReceivedMessage {
  const { subject, headers, data } = message;
  return { subject, headers: new Map(headers ?? []), payload: new Uint8Array(data) };
}
