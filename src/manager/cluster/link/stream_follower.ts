/**
 * Follows a stream, or some of its subjects, message by message, and goes on where it was after any break.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { messageOf } from "../../../shared/errors.ts";
import type { ClusterLink } from "./cluster_link.ts";
import { timely } from "./timely.ts";
import type { TurnTransaction } from "./turn_transaction.ts";

const log = getLogger(["manager", "cluster"]);

const AGAIN_AFTER_MS = 300;
const HEARTBEAT_MS = 2_000;
/** So long without messages and heartbeats, and a consumer is given up. */
const SILENT_MS = 3 * HEARTBEAT_MS;
const MOST_AHEAD = 500;
/** What the client tells of a consumer that is no more. */
const OVER: ReadonlySet<string> = new Set(["heartbeats_missed", "consumer_not_found", "reset"]);

/** What a {@linkcode StreamFollower} follows. */
interface Followed {
  link: ClusterLink;
  stream: string;
  subjects: string;
  /** Whether it begins with the newest message of each subject, and not with the oldest message. @default false */
  lastOnly?: boolean;
  /** Sequence of the last message that was taken before. @default none was */
  after?: number;
  /** Given each message once, in order. What it throws is logged, and the message left behind. */
  take(message: JsMsg): void;
  /** In which messages that come together are taken. @default each by itself */
  together?: TurnTransaction | undefined;
}

/** Follows until it is stopped. */
export class StreamFollower {
  readonly #followed: Followed;
  readonly #caughtUp = Promise.withResolvers<void>();
  #received = 0;
  /** What has been taken of what was received: behind it for a moment where messages are taken together. */
  #reached = 0;
  #waiters: { sequence: number; resolve(): void }[] = [];
  #stopped = false;
  #line: Lifeline | undefined;
  #running: Promise<void> | undefined;

  constructor(followed: Followed) {
    this.#followed = followed;
    this.#received = followed.after ?? 0;
    this.#reached = this.#received;
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
    this.#line?.end();
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

  /** Follows until that is over: stopped, or nothing is heard any more. */
  async #follow(): Promise<void> {
    const { link, stream, subjects } = this.#followed;
    const consumer = await timely(
      link.js.consumers.get(stream, {
        filter_subjects: subjects,
        ...this.#begin(),
      }),
      SILENT_MS,
    );
    const { num_pending } = await timely(consumer.info(true), SILENT_MS);
    if (num_pending === 0) this.#caughtUp.resolve();
    // Heartbeats come between messages: what was still to come when this began may have run out of its time since.
    const line = new Lifeline(() => this.#caughtUp.resolve());
    this.#line = line;
    const messages = await timely(
      consumer.consume({
        max_messages: MOST_AHEAD,
        idle_heartbeat: HEARTBEAT_MS,
        callback: (message) => {
          // One that is given up may still bring what another has brought already.
          if (!line.isOver) void this.#take(message);
          line.heard(message.info.deliverySequence);
        },
      }),
      SILENT_MS,
    );
    void line.follow(messages);
    if (this.#stopped) line.end();
    await line.over;
    messages.stop();
  }

  #begin() {
    if (this.#received === 0 && this.#followed.lastOnly === true) {
      return { deliver_policy: DeliverPolicy.LastPerSubject };
    }
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#received + 1 };
  }

  async #take(message: JsMsg): Promise<void> {
    // After a break the consumer may begin a little before.
    if (message.seq <= this.#received) return;
    this.#received = message.seq;
    try {
      await this.#followed.together?.run(() => this.#followed.take(message));
      if (this.#followed.together === undefined) this.#followed.take(message);
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

/**
 * Whether anything is heard, messages or the heartbeats between them, and all of it: a message that was under way when a connection
 * broke is lost, and the client sees that only by the next one, which may never come. A heartbeat says how many there were. The client
 * makes a consumer anew by itself now and then, but not each time when all servers were gone at once: this never rests on that, what
 * follows begins another one where it was.
 */
class Lifeline {
  readonly over: Promise<void>;
  readonly #onIdle: () => void;
  readonly #ended = Promise.withResolvers<void>();
  readonly #timer: ReturnType<typeof setInterval>;
  #heardAtMs = performance.now();
  #delivered = 0;
  #isOver = false;

  /** @param onIdle called when nothing comes for the moment */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
    this.over = this.#ended.promise;
    this.#timer = setInterval(() => {
      if (performance.now() - this.#heardAtMs > SILENT_MS) this.end();
    }, HEARTBEAT_MS);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param delivered how many messages the consumer has sent, with the one that came last */
  heard(delivered = this.#delivered): void {
    this.#heardAtMs = performance.now();
    this.#delivered = delivered;
  }

  end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#ended.resolve();
  }

  /** Goes by what the client tells of the consumer. */
  async follow(messages: ConsumerMessages): Promise<void> {
    for await (const status of messages.status()) {
      if (OVER.has(status.type)) break;
      this.heard();
      if (status.type !== "heartbeat") continue;
      if (status.lastConsumerSequence > this.#delivered) break;
      this.#onIdle();
    }
    this.end();
  }
}
