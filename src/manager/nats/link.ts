/**
 * A way to hand messages to NATS on one connection.
 *
 * @module
 */

import type { OutgoingMessage } from "./message_sealer.ts";

/** What became of one message. */
export type Outcome =
  /** For good; `duplicate` when the stream had one with its id already, and so kept that one. */
  | { kind: "taken"; duplicate: boolean }
  /** For a reason of its own; `final` when that can't change. */
  | { kind: "refused"; reason: string; final: boolean }
  /** Not now, for a reason that has nothing to do with the message, such as a full stream. */
  | { kind: "held"; reason: string }
  /** The connection failed, or no answer came in time: it may have been taken. */
  | { kind: "unknown"; reason: string };

/** One connection. */
export interface Link {
  /** Address of the server. */
  readonly server: string;
  /** True once the connection is gone. */
  readonly isClosed: boolean;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  /**
   * Sends messages in order, all at once, and resolves when the server has answered for each of
   * them or can't any more, with an outcome for each.
   *
   * @throws Error when nothing is known of any of them
   */
  send(messages: readonly OutgoingMessage[]): Promise<Outcome[]>;
  /** Ends the connection, and with it what waits for an answer. */
  close(): Promise<void>;
}
