/**
 * Some messages of a consumer.
 *
 * @module
 */

import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { timely } from "./timely.ts";

/** The server ends a portion itself; so much later nothing will come of it any more. */
const LATE_MS = 500;

/**
 * Up to so many messages, those that come within `expiresMs`. The client's own loop goes on for as long as the server that has the
 * consumer is away, and so would hold whatever waits for it.
 *
 * @throws StoreUnavailable when the server is silent
 */
export async function* portion(
  consumer: Consumer,
  { most, expiresMs, signal }: {
    most: number;
    /** 1,000 or more. */
    expiresMs: number;
    /** Ends it, with what came until then. */
    signal?: AbortSignal;
  },
): AsyncGenerator<JsMsg> {
  const messages = await consumer.fetch({ max_messages: most, expires: expiresMs });
  const iterator = messages[Symbol.asyncIterator]();
  const stop = () => messages.stop();
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      const next = await timely(iterator.next(), expiresMs + LATE_MS);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    messages.stop();
  }
}
