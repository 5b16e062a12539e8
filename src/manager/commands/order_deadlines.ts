/**
 * What time does to orders: open ones are given up, finished ones archived, archived ones removed.
 *
 * Everything is found by `due_at`, in portions, so that no number of orders holds the manager up.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { WITHDRAWN } from "./order.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";

const PORTION = 5_000;
/** The code of an order that the manager gave up. */
export const TIMED_OUT = 3;

/** How long finished orders are kept. */
export interface OrderKeeping {
  /** Among the other orders, in milliseconds. */
  archiveAfterMs: number;
  /** In the archive after that, in milliseconds. */
  removeAfterMs: number;
}

/** Does what is due. */
export class OrderDeadlines {
  readonly #db: DatabaseSync;
  readonly #keeping: OrderKeeping;
  readonly #nextDue: StatementSync;
  readonly #giveUp: StatementSync;
  readonly #giveUpAgent: StatementSync;
  readonly #withdraw: StatementSync;
  readonly #archive: StatementSync;
  readonly #dropArchived: StatementSync;
  readonly #remove: StatementSync;
  readonly #dropUnused: StatementSync;

  constructor(db: DatabaseSync, keeping: OrderKeeping) {
    this.#db = db;
    this.#keeping = keeping;
    this.#nextDue = db.prepare(
      `SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM orders
       UNION ALL SELECT min(due_at) FROM orders_archive)`,
    );
    this.#giveUp = db.prepare(
      `UPDATE orders SET result_code = ${TIMED_OUT}, result_data = NULL, timed_out = 1,
         result_message = iif(status = 'pending', 'not delivered in time', 'no result'),
         status = 'failure', offer_at = NULL, finished_at = :now, due_at = :now + :archive
       WHERE finished_at IS NULL AND (request_id, order_id) IN (${dueIn("orders")})`,
    );
    this.#giveUpAgent = db.prepare(
      `UPDATE orders SET result_code = 1, result_data = NULL, result_message = :message,
         status = 'failure', offer_at = NULL, finished_at = :now, due_at = :now + :archive
       WHERE finished_at IS NULL AND agent_id = :agent AND (:sent = 1 OR status = 'pending')`,
    );
    this.#withdraw = db.prepare(
      `UPDATE orders SET result_code = 1, result_data = NULL, result_message = '${WITHDRAWN}',
         status = 'failure', offer_at = NULL, finished_at = :now, due_at = :now + :archive
       WHERE request_id = :request AND status = 'pending'`,
    );
    this.#archive = db.prepare(
      `INSERT INTO orders_archive (${columns("due_at")})
       SELECT ${columns(":now + :remove")} FROM orders
       WHERE finished_at IS NOT NULL AND (request_id, order_id) IN (${dueIn("orders")})
       RETURNING request_id, order_id`,
    );
    this.#dropArchived = db.prepare("DELETE FROM orders WHERE request_id = ? AND order_id = ?");
    this.#remove = db.prepare(
      `DELETE FROM orders_archive WHERE (request_id, order_id) IN (${dueIn("orders_archive")})
       RETURNING request_id`,
    );
    this.#dropUnused = db.prepare(
      `DELETE FROM order_commands AS c WHERE c.request_id = ?
         AND NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.request_id = c.request_id)
         AND NOT EXISTS (SELECT 1 FROM orders_archive AS o WHERE o.request_id = c.request_id)`,
    );
  }

  /** Ends the open orders of an agent, those that it was sent too when `sent` is true. Returns whether there were any. */
  giveUpAgent(
    agentId: string,
    { message, sent, nowMs }: { message: string; sent: boolean; nowMs: number },
  ): boolean {
    const archive = this.#keeping.archiveAfterMs;
    const values = { agent: agentId, message, sent: sent ? 1 : 0, now: nowMs, archive };
    return this.#giveUpAgent.run(values).changes > 0;
  }

  /** Ends the orders of a request that no agent was sent yet. */
  withdraw(requestId: number, nowMs: number): void {
    const archive = this.#keeping.archiveAfterMs;
    this.#withdraw.run({ request: requestId, now: nowMs, archive });
  }

  /**
   * Does a portion of what is due. Returns when the next is, in milliseconds since 1970, or
   * `undefined` when there are no orders.
   */
  enforce(nowMs: number): number | undefined {
    const next = this.#next();
    // Most rounds end here, without a transaction.
    if (next === undefined || next > nowMs) return next;
    transaction(this.#db, () => {
      // Before the others: what is given up below has its time in the table still to come.
      this.#archiveDue(nowMs);
      this.#giveUp.run({ now: nowMs, archive: this.#keeping.archiveAfterMs });
      this.#removeDue(nowMs);
    });
    return this.#next();
  }

  /** {@linkcode enforce} for finished orders alone. */
  tidy(nowMs: number): void {
    transaction(this.#db, () => {
      this.#archiveDue(nowMs);
      this.#removeDue(nowMs);
    });
  }

  #next(): number | undefined {
    const at = this.#nextDue.get()?.at ?? null;
    return at === null ? undefined : Number(at);
  }

  #archiveDue(nowMs: number): void {
    const archived = this.#archive.all({ now: nowMs, remove: this.#keeping.removeAfterMs });
    for (const row of archived) {
      this.#dropArchived.run(Number(row.request_id), Number(row.order_id));
    }
  }

  #removeDue(nowMs: number): void {
    const removed = this.#remove.all({ now: nowMs });
    // A request has its commands once for all orders of it: they go with the last one.
    const requests = new Set(removed.map((row) => Number(row.request_id)));
    for (const request of requests) this.#dropUnused.run(request);
  }
}

function dueIn(table: string): string {
  return `SELECT request_id, order_id FROM ${table} WHERE due_at <= :now
    ORDER BY due_at LIMIT ${PORTION}`;
}

/** All columns of an order, with `dueAt` for the one that is about time. */
function columns(dueAt: string): string {
  return `request_id, order_id, command, agent_id, status, created_at, sent_at, finished_at, offers,
    offer_at, ${dueAt}, timed_out, result_code, result_message, result_data, late_result`;
}
