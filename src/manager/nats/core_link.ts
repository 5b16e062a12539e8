/**
 * Messages to a NATS server that keeps nothing: taken means that the server has seen them.
 *
 * @module
 */

import {
  ClosedConnectionError,
  deadline,
  headers,
  type MsgHdrs,
  type NatsConnection,
  PermissionViolationError,
} from "@nats-io/transport-node";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describeFailure } from "./failure.ts";
import type { Link, Outcome } from "./link.ts";
import type { OutgoingMessage } from "./message_sealer.ts";

/** Publishes, then waits for the answer to a ping, which the server gives after all before it. */
export class CoreLink implements Link {
  readonly closed: Promise<void>;
  readonly #connection: NatsConnection;
  readonly #timeoutMs: number;
  /** Rejects when the connection is gone; the client itself leaves a flush waiting then. */
  readonly #lost: Promise<never>;
  /** Subjects that the server did not permit, since the last ping. */
  readonly #denied = new Map<string, string>();

  /** @param timeoutMs how long the server may take to answer a ping, in milliseconds */
  constructor(connection: NatsConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.closed = connection.closed().then(() => {});
    this.#lost = connection.closed().then((error) => {
      throw error ?? new ClosedConnectionError();
    });
    this.#lost.catch(() => {});
    this.#watch();
  }

  get server(): string {
    return this.#connection.getServer();
  }

  get isClosed(): boolean {
    return this.#connection.isClosed();
  }

  async send(messages: readonly OutgoingMessage[]): Promise<Outcome[]> {
    this.#denied.clear();
    const unsendable = messages.map((message) => this.#publish(message));
    await deadline(Promise.race([this.#connection.flush(), this.#lost]), this.#timeoutMs);
    // What the server said before its answer to the ping is passed on by promises: let them run.
    await nextTurn();
    return messages.map(({ subject }, index) => {
      const never = unsendable[index];
      if (never !== undefined) return { kind: "refused", reason: never, final: true };
      const reason = this.#denied.get(subject);
      return reason === undefined
        ? { kind: "taken", duplicate: false }
        : { kind: "refused", reason, final: false };
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Returns why the message can't be published, if it can't. */
  #publish({ subject, payload, headers }: OutgoingMessage): string | undefined {
    try {
      this.#connection.publish(subject, payload, { headers: natsHeaders(headers) });
      return undefined;
    } catch (error) {
      if (this.#connection.isClosed()) throw error;
      return describeFailure(error).text;
    }
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
      this.#denied.set(status.error.subject, describeFailure(status.error).text);
    }
  }
}

/** Headers as the client wants them. */
export function natsHeaders(values: Readonly<Record<string, string>>): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(values)) made.set(name, value);
  return made;
}
