/**
 * A stream as one series of bytes, as its leader has it at one moment, with its consumers; and a stream made of such a series again, with
 * the same sequences and times (JetStream's own `STREAM.SNAPSHOT` and `STREAM.RESTORE`, which no client library speaks).
 *
 * A snapshot comes in pieces, each of which has to be answered, and ends with an empty one. Going back, each piece is a request, and so
 * is the empty one at the end, whose answer says whether there is a stream now.
 *
 * @module
 */

import {
  type JetStreamApiError,
  JetStreamApiError as ApiError,
  type StreamConfig,
  type StreamState,
} from "@nats-io/jetstream";
import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node";
import type { ClusterLink } from "../link/cluster_link.ts";

const API = "$JS.API.STREAM";
const PIECE_BYTES = 128 * 1_024;
/** For the next piece, or the answer to one. */
const PIECE_WITHIN_MS = 20_000;
/** A stream of gigabytes is checked and spread over the servers before that is answered. */
const MADE_WITHIN_MS = 600_000;

/** What a stream is, beside its messages. */
interface StreamDescription {
  config: StreamConfig;
  state: StreamState;
}

/** A snapshot that is being taken. */
interface Snapshot extends StreamDescription {
  /** To be read once, to its end. */
  pieces: AsyncIterable<Uint8Array>;
}

/** Begins a snapshot. @throws JetStreamApiError when there is no such stream */
export async function takeSnapshot(link: ClusterLink, stream: string): Promise<Snapshot> {
  const { connection } = link;
  const inbox = createInbox();
  const subscription = connection.subscribe(inbox);
  try {
    const { config, state } = await ask<StreamDescription>(link, `SNAPSHOT.${stream}`, {
      deliver_subject: inbox,
      no_consumers: false,
      chunk_size: PIECE_BYTES,
      jsck: true,
    });
    return { config, state, pieces: piecesOf(subscription) };
  } catch (error) {
    subscription.unsubscribe();
    throw error;
  }
}

/** Makes a stream of a snapshot. @throws JetStreamApiError when it is there, or the snapshot is none */
export async function restoreSnapshot(
  link: ClusterLink,
  { config, state }: StreamDescription,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const begun = await ask<{ deliver_subject: string }>(link, `RESTORE.${config.name}`, {
    config,
    state,
  });
  for await (const piece of pieces) {
    refuse(
      await link.connection.request(begun.deliver_subject, piece, { timeout: PIECE_WITHIN_MS }),
    );
  }
  const end = new Uint8Array();
  refuse(await link.connection.request(begun.deliver_subject, end, { timeout: MADE_WITHIN_MS }));
}

async function* piecesOf(subscription: Subscription): AsyncGenerator<Uint8Array> {
  const messages = subscription[Symbol.asyncIterator]();
  try {
    for (;;) {
      const message = await next(messages);
      if (message.data.length === 0) {
        const code = message.headers?.code ?? 0;
        if (code >= 300) throw new Error(`the server ended it: ${message.headers?.description}`);
        return;
      }
      yield message.data;
      message.respond();
    }
  } finally {
    subscription.unsubscribe();
  }
}

async function next(messages: AsyncIterator<Msg>): Promise<Msg> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the next piece does not come")), PIECE_WITHIN_MS);
  });
  const following = messages.next();
  const { value, done } = await Promise.race([following, late]).finally(() => clearTimeout(timer));
  if (done || value === undefined) throw new Error("the connection is closed");
  return value;
}

async function ask<Answer>(link: ClusterLink, what: string, question: object): Promise<Answer> {
  const message = await link.connection
    .request(`${API}.${what}`, JSON.stringify(question), { timeout: PIECE_WITHIN_MS });
  refuse(message);
  return message.json<Answer>();
}

function refuse(message: Msg): void {
  if (message.data.length === 0) return;
  const { error } = message.json<{ error?: JetStreamApiError }>();
  if (error !== undefined) throw new ApiError(error as never);
}
