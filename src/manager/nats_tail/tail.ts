/**
 * Prints messages over one connection after the other.
 *
 * The first connection must succeed. One that is lost later is made again, however long that takes:
 * whoever watches wants to know what happened meanwhile.
 *
 * @module
 */

import type { NatsConnection } from "@nats-io/transport-node";
import { systemClock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { describeFailure, type FailureCode } from "../nats/failure.ts";
import { connectTo } from "../nats/nats_connection.ts";
import type { MessageChecker } from "./message_checker.ts";
import { type MessageSource, openSource, Position } from "./message_source.ts";
import type { TailOptions } from "./options.ts";
import { jsonLine, textLines } from "./output.ts";

/** What was printed. */
export interface Tally {
  messages: number;
  refused: number;
  /** Messages with others missing before them. */
  gaps: number;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;
/** No further attempt changes these. */
const FINAL: ReadonlySet<FailureCode> = new Set([
  "credentials_refused",
  "certificate_untrusted",
  "permission_denied",
]);

/** Prints until it is told to end. */
export class Tail {
  readonly #options: TailOptions;
  readonly #checker: MessageChecker;
  readonly #signal: AbortSignal;
  readonly #position = new Position();
  readonly #tally: Tally = { messages: 0, refused: 0, gaps: 0 };

  constructor(
    options: TailOptions,
    { checker, signal }: { checker: MessageChecker; signal: AbortSignal },
  ) {
    this.#options = options;
    this.#checker = checker;
    this.#signal = signal;
  }

  /**
   * Resolves at `--count` messages or when the signal is aborted.
   *
   * @throws Error when the first connection fails, or a later one is refused; see `describeFailure`
   */
  async run(): Promise<Tally> {
    let connection = await this.#connect((server, reason) => {
      console.error(`Cannot connect to ${server}: ${reason}`);
    });
    for (let waitMs = FIRST_WAIT_MS;;) {
      const before = this.#tally.messages;
      const lost = await this.#printFrom(connection);
      if (lost === undefined) return this.#tally;
      console.error(`Lost the connection: ${lost}. Connecting again`);
      // A server that takes connections and gives nothing is not asked without pause either.
      if (this.#tally.messages > before) waitMs = FIRST_WAIT_MS;
      for (;;) {
        await systemClock.sleep(waitMs, this.#signal);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
        const next = await this.#connectAgain();
        if (next === undefined) continue;
        connection = next;
        break;
      }
    }
  }

  /** Gives why the connection was lost; `undefined` when there is nothing more to do. */
  async #printFrom(connection: NatsConnection): Promise<string | undefined> {
    const { prefix, connection: { publish_timeout: timeoutMs } } = this.#options;
    try {
      const source = await openSource(connection, { prefix, position: this.#position, timeoutMs });
      console.error(`Listening to ${source.about} at ${connection.getServer()}`);
      await this.#printAll(source);
      if (this.#isDone) return undefined;
      return messageOf(await connection.closed() ?? new Error("the server closed it"));
    } catch (error) {
      if (this.#isDone) return undefined;
      if (!connection.isClosed()) throw error;
      return describeFailure(error).text;
    } finally {
      await connection.close();
    }
  }

  get #isDone(): boolean {
    return this.#signal.aborted || this.#tally.messages === this.#options.count;
  }

  async #printAll(source: MessageSource): Promise<void> {
    const stop = () => source.stop();
    this.#signal.addEventListener("abort", stop, { once: true });
    try {
      for await (const { cameAtMs, mayRepeat, ...message } of source.messages) {
        const verdict = await this.#checker.check(message, cameAtMs, { mayRepeat });
        if (verdict.result === "known") continue;
        const lines = this.#options.json ? [jsonLine(verdict)] : textLines(verdict);
        for (const line of lines) console.log(line);
        if (verdict.result === "refused") this.#tally.refused++;
        else if (verdict.missing !== undefined) this.#tally.gaps++;
        this.#tally.messages++;
        if (this.#isDone) break;
      }
    } finally {
      this.#signal.removeEventListener("abort", stop);
    }
  }

  /** `undefined` when no server can be reached yet. */
  async #connectAgain(): Promise<NatsConnection | undefined> {
    try {
      return await this.#connect(() => {});
    } catch (error) {
      if (this.#signal.aborted || FINAL.has(describeFailure(error).code)) throw error;
      return undefined;
    }
  }

  /** Tries each server once. */
  async #connect(onFailure: (server: string, reason: string) => void): Promise<NatsConnection> {
    let failure: unknown;
    for (const server of this.#options.servers) {
      try {
        const target = { server, name: "nats-tail", signal: this.#signal };
        return await connectTo(target, this.#options.connection);
      } catch (error) {
        failure = error;
        if (this.#signal.aborted) break;
        onFailure(server, describeFailure(error).text);
      }
    }
    throw failure;
  }
}
