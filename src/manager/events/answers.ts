/**
 * What was answered to which idempotency key.
 *
 * A window for each agent: the newest keys are remembered, also across a restart. Bodies are kept
 * compressed, since the answer to a stateful batch names every event.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { deflateRawSync, inflateRawSync } from "node:zlib";

/** An answer that was given. */
export interface Answer {
  status: number;
  /** Empty for an answer without a body. */
  body: string;
}

/** An idempotency key and what it was used for. */
export interface RequestKey {
  agentId: string;
  key: string;
  /** SHA-256 of stream and body. */
  fingerprint: Uint8Array;
}

/** What is known of a key: nothing, its answer, or that it was used for another request. */
export type KnownAnswer = { kind: "new" } | { kind: "repeat"; answer: Answer } | {
  kind: "conflict";
};

/** The table of answers. */
export class AnswerTable {
  readonly #window: number;
  readonly #find: StatementSync;
  readonly #newest: StatementSync;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  readonly #forget: StatementSync;

  /** @param window how many keys are remembered for each agent */
  constructor(db: DatabaseSync, window: number) {
    this.#window = window;
    this.#find = db.prepare(
      "SELECT fingerprint, status, body FROM answers WHERE agent_id = ? AND key = ?",
    );
    this.#newest = db.prepare("SELECT max(number) AS number FROM answers WHERE agent_id = ?");
    this.#insert = db.prepare(
      `INSERT INTO answers (agent_id, number, key, fingerprint, status, body)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#trim = db.prepare("DELETE FROM answers WHERE agent_id = ? AND number <= ?");
    this.#forget = db.prepare("DELETE FROM answers WHERE agent_id = ?");
  }

  /** Looks a key up. */
  find({ agentId, key, fingerprint }: RequestKey): KnownAnswer {
    const row = this.#find.get(agentId, key);
    if (row === undefined) return { kind: "new" };
    // The same key with another body: a fault of the client's, and no repeat.
    if (!timingSafeEqual(row.fingerprint as Uint8Array, fingerprint)) return { kind: "conflict" };
    return { kind: "repeat", answer: answerOf(row) };
  }

  /** What was answered to a key, whatever it was used for. */
  answerTo(agentId: string, key: string): Answer | undefined {
    const row = this.#find.get(agentId, key);
    return row && answerOf(row);
  }

  /** Forgets every answer to an agent. Call it inside the transaction that removes the agent. */
  forget(agentId: string): void {
    this.#forget.run(agentId);
  }

  /**
   * Remembers an answer and forgets the oldest beyond the window. Call it inside the transaction
   * that stores the events.
   */
  remember({ agentId, key, fingerprint }: RequestKey, answer: Answer): void {
    const number = Number(this.#newest.get(agentId)?.number ?? 0) + 1;
    // Answers to stateful batches name every event: kept as they are, they would be most of the database.
    const body = deflateRawSync(answer.body, { level: 1 });
    this.#insert.run(agentId, number, key, fingerprint, answer.status, body);
    this.#trim.run(agentId, number - this.#window);
  }
}

function answerOf({ status, body }: Record<string, unknown>): Answer {
  const text = Buffer.from(inflateRawSync(body as Uint8Array)).toString("utf8");
  return { status: Number(status), body: text };
}
