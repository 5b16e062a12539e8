/**
 * One connection from its first byte to its end.
 *
 * It reads on only once what it read is on disk: the sender's own buffers fill up behind that, which is how the queue pushes back. No
 * form of syslog tells the sender so; what it learns from TCP is that its bytes arrived, not that they were stored.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { messageOf } from "../../../../shared/errors.ts";
import type { Counts } from "../counts.ts";
import type { Intake } from "../intake.ts";
import { type ArrivedMessage, encodeMessage, type Transport } from "../message/encode_message.ts";
import type { Connection } from "./connection.ts";
import { FrameSplitter, type Framing, FramingError } from "./frame_splitter.ts";

/** What a session is built with. */
interface SessionDeps {
  transport: Transport;
  framing: Framing;
  maxMessageBytes: number;
  intake: Intake;
  counts: Counts;
  clock: Clock;
  /** Told in one line why a connection was cut. */
  complain(problem: string): void;
}

/** Reason in the ledger: the sender has to say it again, if it knows. */
const INCOMPLETE = "connection ended in the middle of a message";
const MALFORMED = "messages of a connection could not be told apart";

/** Receives by one connection. */
export class Session {
  readonly #connection: Connection;
  readonly #deps: SessionDeps;
  readonly #splitter: FrameSplitter;
  /** Monotonic, milliseconds. */
  #heardMs: number;
  /** Since when a message has begun, or the handshake has, that is not over; monotonic. */
  #withinSinceMs: number | undefined;
  #isAppending = false;

  constructor(connection: Connection, deps: SessionDeps) {
    this.#connection = connection;
    this.#deps = deps;
    this.#splitter = new FrameSplitter({
      framing: deps.framing,
      maxBytes: deps.maxMessageBytes,
      endsAtNul: true,
    });
    this.#heardMs = this.#withinSinceMs = deps.clock.monotonic();
  }

  /** Resolves when the connection is over; what was whole by then is stored. */
  async run(signal: AbortSignal): Promise<void> {
    if (!await this.#isWelcome()) return;
    try {
      for await (const chunk of this.#connection.chunks()) await this.#take(chunk, signal);
    } catch (error) {
      if (error instanceof StoreError) throw error.cause;
      if (error instanceof FramingError) return;
      // A connection that breaks has ended like any other.
    }
    await this.#end(signal);
  }

  /** Whether it has said nothing for `idleMs`, or has not ended a message, or its handshake, for `withinMs`. */
  isOver({ idleMs, withinMs }: { idleMs: number; withinMs: number }): boolean {
    // It is the queue that it waits for.
    if (this.#isAppending) return false;
    const nowMs = this.#deps.clock.monotonic();
    const begunMs = this.#withinSinceMs ?? nowMs;
    return nowMs - this.#heardMs > idleMs || nowMs - begunMs > withinMs;
  }

  /** Cuts the connection. */
  close(): void {
    this.#connection.close();
  }

  async #isWelcome(): Promise<boolean> {
    try {
      await this.#connection.handshake?.();
    } catch (error) {
      this.#deps.counts.failedHandshakes++;
      this.#deps.complain(`TLS failed: ${messageOf(error)}`);
      return false;
    }
    this.#heard();
    return true;
  }

  async #take(chunk: Uint8Array, signal: AbortSignal): Promise<void> {
    const messages: ArrivedMessage[] = [];
    try {
      for (const frame of this.#splitter.push(chunk)) messages.push(frame);
    } catch (error) {
      this.#refuseRest(error, chunk.length);
      await this.#store(messages, signal);
      throw error;
    }
    await this.#store(messages, signal);
    this.#heard(messages.length > 0);
  }

  /** A message that has begun goes on unless another one was whole meanwhile. */
  #heard(isWhole = true): void {
    const nowMs = this.#deps.clock.monotonic();
    this.#heardMs = nowMs;
    if (!this.#splitter.isWithin) this.#withinSinceMs = undefined;
    else if (isWhole || this.#withinSinceMs === undefined) this.#withinSinceMs = nowMs;
  }

  async #end(signal: AbortSignal): Promise<void> {
    const { frame, lostBytes } = this.#splitter.end();
    if (frame !== undefined) await this.#store([frame], signal);
    if (lostBytes === 0) return;
    this.#deps.counts.incomplete++;
    this.#lose(INCOMPLETE, lostBytes);
  }

  async #store(messages: readonly ArrivedMessage[], signal: AbortSignal): Promise<void> {
    if (messages.length === 0) return;
    const { transport, clock, counts, intake } = this.#deps;
    const arrival = { transport, peer: this.#connection.peer, nowMs: clock.now() };
    counts.messages += messages.length;
    counts.truncated += messages.filter(({ truncated }) => truncated).length;
    this.#isAppending = true;
    try {
      await intake.append(messages.map((message) => encodeMessage(message, arrival)), signal);
    } catch (error) {
      throw new StoreError(error);
    } finally {
      this.#isAppending = false;
    }
  }

  #refuseRest(error: unknown, bytes: number): void {
    if (!(error instanceof FramingError)) return;
    this.#deps.counts.malformed++;
    this.#deps.complain(error.message);
    this.#lose(MALFORMED, bytes);
  }

  #lose(reason: string, bytes: number): void {
    const { transport, intake } = this.#deps;
    const ip = this.#connection.peer.address?.ip;
    intake.lose({ events: 1, bytes, reason, detail: ip ? `${transport} ${ip}` : transport });
  }
}

/** Told apart from a connection that breaks: what cannot be stored is no fault of the sender's. */
class StoreError extends Error {
  constructor(cause: unknown) {
    super("Cannot store", { cause });
  }
}
