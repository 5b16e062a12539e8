/**
 * Takes messages from the outbox and hands them to NATS, in order, for as long as it takes.
 *
 * Without a connection it tries the servers by turns, and waits `reconnect_delay` after each round.
 * With one it sends up to {@linkcode WINDOW} messages at once, and removes from the outbox those that
 * the server has confirmed. Those that it could not, because the connection failed or the answer came
 * too late, are sent again on the next connection, under the same ids.
 *
 * A message that the server refuses is sent again, along with what comes after it; after a few times
 * it is set aside, that is given up and counted, so that it does not keep the others waiting for
 * ever. See `refusals.ts`. While a stream is full nothing is set aside: messages wait in the outbox.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { Loop } from "../loop.ts";
import { endedWithin } from "../ended_within.ts";
import type { Audit } from "./audit_log.ts";
import { describeFailure } from "./failure.ts";
import type { Link, Outcome } from "./link.ts";
import type { MessageSealer } from "./message_sealer.ts";
import type { NatsOptions } from "./options_schema.ts";
import type { Outbox, StoredMessage } from "./outbox.ts";
import { Refusals, type Refused, type Sorted } from "./refusals.ts";

/** Most messages that are sent before the first of them is confirmed. */
const WINDOW = 256;

const log = getLogger(["manager", "nats"]);

/** Figures since the start. */
export interface SenderStats {
  /** Address of the server; `null` without a connection. */
  connected_to: string | null;
  published: number;
  /** Attempts to connect, or to publish, that failed as a whole. */
  failures: number;
  /** Messages given up because they were refused. */
  set_aside: number;
  /**
   * Messages that were sent for the first time, and that the stream took for repeated ones and did
   * not store: another manager uses this node name.
   */
  duplicates: number;
}

/** What a {@linkcode Sender} is built with. */
interface SenderDeps {
  options: NatsOptions;
  outbox: Outbox;
  sealer: MessageSealer;
  clock: Clock;
  audit: Audit;
  /** Connects to one server. */
  connect(server: string, signal: AbortSignal): Promise<Link>;
}

/** Sends what is in the outbox. */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #loop: Loop;
  readonly #refusals = new Refusals();
  readonly #stats: Omit<SenderStats, "connected_to"> = {
    published: 0,
    failures: 0,
    set_aside: 0,
    duplicates: 0,
  };
  /** Up to this number a message may have been sent before, perhaps before the last restart. */
  #sentUpTo: number;
  #link: Link | undefined;
  /**
   * From a failure to publish to the next message that is published. Until then a new connection is no good news: told as one it
   * would make the log take the next failure for a new one.
   */
  #isPublishFailing = false;
  #failedRounds = 0;
  /** True while there is a connection and nothing to send: then more to send needs a step at once. */
  #idle = false;
  #drained = Promise.withResolvers<void>();

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#sentUpTo = deps.outbox.lastSequence;
    this.#loop = new Loop({
      clock: deps.clock,
      name: "publish to NATS",
      step: (signal) => this.#step(signal),
    });
  }

  /** Begins to connect. Returns at once. */
  start(): void {
    this.#loop.start();
  }

  /** Says that there is more in the outbox. */
  wake(): void {
    if (this.#idle) this.#loop.wake();
  }

  stats(): SenderStats {
    const connected = this.#link !== undefined && !this.#link.isClosed;
    return { connected_to: connected ? this.#link?.server ?? null : null, ...this.#stats };
  }

  /**
   * With a connection, sends what is left as long as the server confirms it within
   * `publish_timeout`; then closes the connection.
   */
  async stop(): Promise<void> {
    if (this.#link !== undefined) {
      this.#drained = Promise.withResolvers();
      this.wake();
      await endedWithin(
        [Promise.race([this.#drained.promise, this.#link.closed])],
        this.#deps.options.publish_timeout,
      );
    }
    await this.#link?.close();
    await this.#loop.stop();
    await this.#link?.close();
  }

  /** Returns after how many milliseconds the next step is to be; `undefined` for when woken. */
  async #step(signal: AbortSignal): Promise<number | undefined> {
    this.#idle = false;
    const { reconnect_delay } = this.#deps.options;
    if (this.#gaveUp()) return undefined;
    if (this.#link?.isClosed) {
      this.#disconnected("the server closed the connection");
      return reconnect_delay;
    }
    const link = this.#link ?? await this.#connect(signal);
    if (link === undefined) return this.#gaveUp() ? undefined : reconnect_delay;
    for (;;) {
      const messages = this.#deps.outbox.oldest(WINDOW);
      if (messages.length === 0) {
        this.#idle = true;
        this.#drained.resolve();
        return undefined;
      }
      if (!await this.#send(link, messages)) return reconnect_delay;
    }
  }

  /** Tries each server once. */
  async #connect(signal: AbortSignal): Promise<Link | undefined> {
    for (const server of this.#deps.options.servers) {
      if (signal.aborted) return undefined;
      const link = await this.#connectTo(server, signal);
      if (link !== undefined) return link;
    }
    this.#failedRounds++;
    if (this.#gaveUp() && !signal.aborted) this.#sayGaveUp();
    return undefined;
  }

  async #connectTo(server: string, signal: AbortSignal): Promise<Link | undefined> {
    const { connect, audit } = this.#deps;
    try {
      const link = await connect(server, signal);
      this.#link = link;
      this.#failedRounds = 0;
      link.closed.then(() => this.wake());
      audit.write("connected", { server });
      this.#tell("Connected to NATS at {server}", { server });
      return link;
    } catch (error) {
      if (signal.aborted) return undefined;
      const { code, text } = describeFailure(error);
      this.#stats.failures++;
      audit.write("connect_failed", { server, code, reason: text });
      log.warn("Cannot connect to NATS at {server}: {reason}", { server, reason: text });
      return undefined;
    }
  }

  /** Returns whether to go on at once. */
  async #send(link: Link, messages: readonly StoredMessage[]): Promise<boolean> {
    const { sealer, clock } = this.#deps;
    const nowMs = clock.now();
    const sealed = await Promise.all(messages.map((message) => sealer.seal(message, nowMs)));
    const outcomes = await link.send(sealed).catch((error) => {
      const { text } = describeFailure(error);
      return messages.map((): Outcome => ({ kind: "unknown", reason: text }));
    });
    const goOn = this.#apply(link, this.#refusals.sort(messages, outcomes));
    this.#sentUpTo = Math.max(this.#sentUpTo, messages.at(-1)?.sequence ?? 0);
    return goOn;
  }

  /** Takes out of the outbox what needs no other try; returns whether nothing is left to be sent again. */
  #apply(link: Link, sorted: Sorted): boolean {
    const { taken, setAside, again, held, unknown } = sorted;
    this.#deps.outbox.remove([...taken, ...setAside].map(({ message }) => message));
    this.#notePublished(taken);
    this.#noteRefused(setAside, again);
    this.#noteHeld(held);
    this.#noteUnknown(link, unknown);
    return again.length + held.length + unknown.length === 0;
  }

  #notePublished(taken: Sorted["taken"]): void {
    if (taken.length === 0) return;
    if (this.#isPublishFailing) log.info("Messages are published to NATS again");
    this.#isPublishFailing = false;
    let duplicates = 0;
    for (const { message: { subject, sequence }, duplicate } of taken) {
      const isTaken = duplicate && sequence > this.#sentUpTo;
      if (isTaken) duplicates++;
      const details = { subject, sequence, ...(isTaken && { duplicate: true }) };
      this.#deps.audit.write("published", details);
    }
    this.#stats.published += taken.length - duplicates;
    this.#stats.duplicates += duplicates;
    if (duplicates === 0) return;
    const { node } = this.#deps.options;
    log.warn(
      "ANOTHER MANAGER USES THE NODE NAME {node}: the stream has messages with the numbers of new " +
        "ones, and does not store these, {duplicates} by now; give each manager a nats.node of its own",
      { node, duplicates: this.#stats.duplicates },
    );
  }

  #noteRefused(setAside: readonly Refused[], again: readonly Refused[]): void {
    const { audit } = this.#deps;
    for (const { message: { subject, sequence, document }, reason } of setAside) {
      audit.write("set_aside", { subject, sequence, reason, document: JSON.parse(document) });
    }
    for (const { message: { subject, sequence }, reason } of again) {
      audit.write("publish_failed", { subject, sequence, reason });
    }
    this.#stats.set_aside += setAside.length;
    const [first] = [...setAside, ...again];
    if (first !== undefined) log.warn("NATS refuses messages: {reason}", { reason: first.reason });
  }

  #noteHeld(held: readonly Refused[]): void {
    const [first] = held;
    if (first === undefined) return;
    this.#deps.audit.write("publish_failed", { messages: held.length, reason: first.reason });
    const { stream } = this.#deps.options;
    log.warn("Stream {stream} takes no messages, they wait: {reason}", {
      stream,
      reason: first.reason,
    });
  }

  #noteUnknown(link: Link, unknown: readonly Refused[]): void {
    const [first] = unknown;
    if (first === undefined) return;
    this.#stats.failures++;
    this.#deps.audit.write("publish_failed", { messages: unknown.length, reason: first.reason });
    this.#isPublishFailing = true;
    log.warn("Cannot publish to NATS at {server}: {reason}", {
      server: link.server,
      reason: first.reason,
    });
    this.#disconnected(first.reason);
  }

  #disconnected(reason: string): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    this.#deps.audit.write("disconnected", { server: link.server, reason });
    this.#tell("Disconnected from NATS: {reason}", { reason });
    link.close().catch(() => {});
  }

  #tell(template: string, values: Record<string, unknown>): void {
    if (this.#isPublishFailing) log.debug(template, values);
    else log.info(template, values);
  }

  #gaveUp(): boolean {
    const { max_reconnects } = this.#deps.options;
    return max_reconnects >= 0 && this.#failedRounds > max_reconnects;
  }

  #sayGaveUp(): void {
    const attempts = this.#failedRounds;
    this.#deps.audit.write("gave_up", { attempts });
    log.error("Gave NATS up after {attempts} attempts, until the next start", { attempts });
  }
}
