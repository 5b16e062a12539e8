/**
 * Batches of a stream of events, read once through from a place on. Whoever follows has a follower.
 *
 * @module
 */

import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { unavailable } from "../link/cluster_failure.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { portion } from "../link/portion.ts";

/** A message may have a megabyte, or eight: so many are in memory at a time. */
const PORTION = 16;
const PORTION_WITHIN_MS = 1_500;

/** Sequences of the oldest message that is kept, and of the newest one. */
export interface Bounds {
  first: number;
  last: number;
}

/** Reads streams. */
export class MessageReader {
  readonly #link: ClusterLink;

  constructor(link: ClusterLink) {
    this.#link = link;
  }

  /** What a stream has. @throws StoreUnavailable */
  async boundsOf(stream: string): Promise<Bounds> {
    const { state } = await this.#link.manager.streams.info(stream).catch((error) => {
      throw unavailable(error);
    });
    return { first: state.first_seq, last: state.last_seq };
  }

  /**
   * The messages from a sequence on, in order, up to the newest one that `last` names. It may end before that, when another server is
   * behind: what is missing comes to whoever asks again.
   *
   * @throws StoreUnavailable
   */
  async *messages(
    stream: string,
    { first, last }: Bounds,
  ): AsyncGenerator<JsMsg> {
    if (first > last) return;
    const consumer = await this.#link.js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: first,
      inactive_threshold: 5_000,
    }).catch((error) => {
      throw unavailable(error);
    });
    try {
      for (let isOver = false; !isOver;) {
        const messages = portion(consumer, { most: PORTION, expiresMs: PORTION_WITHIN_MS });
        isOver = true;
        for await (const message of messages) {
          yield message;
          isOver = message.seq >= last || message.info.pending === 0;
          if (isOver) break;
        }
      }
    } finally {
      // It goes away by itself when this cannot be asked.
      await consumer.delete().catch(() => false);
    }
  }
}
