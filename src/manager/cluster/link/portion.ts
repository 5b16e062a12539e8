/**
 * Some messages of a consumer.
 *
 * @module
 */

import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { systemClock } from "../../../shared/clock.ts";
import { isUnheard, unavailable } from "./cluster_failure.ts";
import { timely } from "./timely.ts";

/** The server ends a portion itself; so much later nothing will come of it any more. */
const LATE_MS = 500;
/** Waits before a portion is asked for again that nobody heard of. */
const UNHEARD_WAITS_MS = [20, 100, 300];

/** How much, and for how long. */
interface PortionOptions {
  most: number;
  /** 1,000 or more. */
  expiresMs: number;
  /** Ends it, with what came until then. */
  signal?: AbortSignal;
}

/**
 * Up to so many messages, those that come within `expiresMs`. The client's own loop goes on for as long as the server that has the
 * consumer is away, and so would hold whatever waits for it.
 *
 * @throws StoreUnavailable when the server is silent, or nobody hears of it again and again
 */
export async function* portion(
  consumer: Consumer,
  options: PortionOptions,
): AsyncGenerator<JsMsg> {
  for (const waitMs of [...UNHEARD_WAITS_MS, undefined]) {
    let hasAny = false;
    try {
      for await (const message of fetched(consumer, options)) {
        hasAny = true;
        yield message;
      }
      return;
    } catch (error) {
      if (!isUnheard(error)) throw error;
      if (hasAny || options.signal?.aborted) return;
      if (waitMs === undefined) throw unavailable(error);
      await systemClock.sleep(waitMs);
    }
  }
}

async function* fetched(
  consumer: Consumer,
  { most, expiresMs, signal }: PortionOptions,
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
