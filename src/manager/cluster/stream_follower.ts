/**
 * Follows a stream, or some of its subjects, message by message, and goes on where it was after any break.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { messageOf } from "../../shared/errors.ts";
import type { ClusterLink } from "./cluster_link.ts";

const log = getLogger(["manager", "cluster"]);

const AGAIN_AFTER_MS = 300;
const HEARTBEAT_MS = 2_000;
const MOST_AHEAD = 500;

/** What a {@linkcode StreamFollower} follows. */
interface Followed {
  link: ClusterLink;
  stream: string;
  subjects: string;
  /** Whether it begins with the newest message of each subject, and not with the oldest message. @default false */
  lastOnly?: boolean;
  /** Given each message once, in order. What it throws is logged, and the message left behind. */
  take(message: JsMsg): void;
}

/** Follows until it is stopped. */
export class StreamFollower {
  readonly #followed: Followed;
  readonly #caughtUp = Promise.withResolvers<void>();
  #reached = 0;
  #waiters: { sequence: number; resolve(): void }[] = [];
  #stopped = false;
  #messages: { stop(): void } | undefined;
  #running: Promise<void> | undefined;

  constructor(followed: Followed) {
    this.#followed = followed;
  }

  /** Begins to follow. Resolves when all that was there has been taken. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#caughtUp.promise;
  }

  /** Resolves to true when the message at `sequence` has been taken, to false when that takes longer than `withinMs`. */
  async reached(sequence: number, withinMs: number): Promise<boolean> {
    if (this.#reached >= sequence) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { sequence, resolve: () => resolve(true) };
    this.#waiters.push(waiter);
    const timer = setTimeout(() => resolve(false), withinMs);
    const done = await promise;
    clearTimeout(timer);
    this.#waiters = this.#waiters.filter((one) => one !== waiter);
    return done;
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#messages?.stop();
    for (const { resolve } of this.#waiters) resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#follow();
      } catch (error) {
        const { stream } = this.#followed;
        log.debug("Cannot follow {stream}: {reason}", { stream, reason: messageOf(error) });
      }
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
    this.#caughtUp.resolve();
  }

  async #follow(): Promise<void> {
    const { link, stream, subjects } = this.#followed;
    const consumer = await link.js.consumers.get(stream, {
      filter_subjects: subjects,
      ...this.#begin(),
    });
    const { num_pending } = await consumer.info(true);
    if (num_pending === 0) this.#caughtUp.resolve();
    const messages = await consumer.consume({
      max_messages: MOST_AHEAD,
      idle_heartbeat: HEARTBEAT_MS,
    });
    this.#messages = messages;
    if (this.#stopped) messages.stop();
    void this.#watch(messages);
    for await (const message of messages) this.#take(message);
  }

  /**
   * Ends what brings nothing more: the client makes a consumer that is lost anew by itself, but not each time when all servers were
   * gone at once. What comes after this begins where the last message was.
   */
  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (type === "heartbeats_missed" || type === "consumer_not_found") messages.stop();
    }
  }

  #begin() {
    if (this.#reached === 0 && this.#followed.lastOnly === true) {
      return { deliver_policy: DeliverPolicy.LastPerSubject };
    }
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#reached + 1 };
  }

  #take(message: JsMsg): void {
    // After a break the consumer may begin a little before.
    if (message.seq <= this.#reached) return;
    try {
      this.#followed.take(message);
    } catch (error) {
      log.error("Cannot take message {sequence} of {stream}: {reason}", {
        sequence: message.seq,
        stream: this.#followed.stream,
        reason: messageOf(error),
      });
    }
    this.#reached = message.seq;
    for (const { sequence, resolve } of this.#waiters) if (sequence <= message.seq) resolve();
    if (message.info.pending === 0) this.#caughtUp.resolve();
  }
}
