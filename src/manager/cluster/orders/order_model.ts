/**
 * What a node knows of the orders: the tables that its views, its lists and its look-ups go by, filled by what it follows.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { transaction } from "../../../shared/sqlite/transaction.ts";
import type { NewCommand } from "../../commands/command_request.ts";
import { numberOf, type OrderKey, type Row } from "../../commands/order.ts";
import type { OrderState } from "./order_states.ts";

const COLUMNS = [
  "request_id",
  "order_id",
  "command",
  "agent_id",
  "status",
  "created_at",
  "sent_at",
  "finished_at",
  "offers",
  "offer_at",
  "due_at",
  "timed_out",
  "result_code",
  "result_message",
  "result_data",
  "late_result",
] as const;
const MOST_DUE = 1_000;
const KEY = "request_id = :request AND order_id = :order";

/** The tables of orders. */
export class OrderModel {
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #addCommand: StatementSync;
  readonly #command: StatementSync;
  readonly #order: StatementSync;
  readonly #archived: StatementSync;
  readonly #addLate: StatementSync;
  readonly #nextOffer: StatementSync;
  readonly #due: StatementSync;
  readonly #hasRequest: StatementSync;
  readonly #count: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    const values = COLUMNS.map((column) => `:${column}`).join(", ");
    this.#put = db.prepare(
      `INSERT OR REPLACE INTO orders (${COLUMNS.join(", ")}) VALUES (${values})`,
    );
    this.#addCommand = db.prepare(
      "INSERT OR IGNORE INTO order_commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#command = db.prepare(
      `SELECT source, user, target_type, target_id, action_name, action_version, args, timeout_s
       FROM order_commands WHERE request_id = ? AND number = ?`,
    );
    this.#order = db.prepare(`SELECT * FROM orders WHERE ${KEY}`);
    this.#archived = db.prepare(`SELECT * FROM orders_archive WHERE ${KEY}`);
    this.#addLate = db.prepare(`UPDATE orders_archive SET late_result = :late WHERE ${KEY}`);
    this.#nextOffer = db.prepare(
      "SELECT min(offer_at) AS at FROM orders WHERE agent_id = ? AND offer_at IS NOT NULL",
    );
    this.#due = db.prepare(
      `SELECT DISTINCT agent_id FROM orders WHERE finished_at IS NULL AND due_at <= ?
       LIMIT ${MOST_DUE}`,
    );
    this.#hasRequest = db.prepare(
      `SELECT EXISTS (SELECT 1 FROM orders WHERE request_id = :request)
         OR EXISTS (SELECT 1 FROM orders_archive WHERE request_id = :request) AS found`,
    );
    this.#count = db.prepare(
      `SELECT (SELECT count(*) FROM orders WHERE request_id = :request)
         + (SELECT count(*) FROM orders_archive WHERE request_id = :request) AS orders`,
    );
  }

  /** Has document ids begin with this, as those of all nodes do. */
  setPrefix(prefix: string): void {
    this.#db.prepare("UPDATE order_numbering SET prefix = ?").run(prefix);
  }

  /** Takes orders as they are now; one that has ended stays so, whatever comes after that. */
  put(orders: readonly OrderState[]): void {
    transaction(this.#db, () => {
      for (const order of orders) this.#putOne(order);
    });
  }

  /** Takes a command of a request. */
  putCommand(requestId: number, number: number, command: NewCommand): void {
    const { source, user, target, action, timeout } = command;
    const args = JSON.stringify(action.args);
    const { type, id } = target as { type: string; id: string };
    const { name, version } = action;
    this.#addCommand.run(requestId, number, source, user, type, id, name, version, args, timeout);
  }

  /** What the orders of a command have in common. */
  command(requestId: number, number: number): Row | undefined {
    return this.#command.get(requestId, number);
  }

  /** An order, archived ones too. */
  find({ requestId, orderId }: OrderKey): Row | undefined {
    const key = { request: requestId, order: orderId };
    return this.#order.get(key) ?? this.#archived.get(key);
  }

  /** When an order of this agent may be offered; the past for now, `undefined` for none. */
  nextOfferMs(agentId: string): number | undefined {
    const at = this.#nextOffer.get(agentId)?.at ?? null;
    return at === null ? undefined : Number(at);
  }

  /** Agents (`null`: the server) with orders whose time is over. */
  agentsDue(nowMs: number): (string | null)[] {
    return this.#due.all(nowMs).map(({ agent_id }) => agent_id === null ? null : String(agent_id));
  }

  /** Agents with orders of a request that they were not sent yet. */
  agentsPending(requestId: number): (string | null)[] {
    return this.#db.prepare(
      "SELECT DISTINCT agent_id FROM orders WHERE request_id = ? AND status = 'pending'",
    ).all(requestId).map(({ agent_id }) => agent_id === null ? null : String(agent_id));
  }

  /** Whether any order of a request is known. */
  hasRequest(requestId: number): boolean {
    return numberOf(this.#hasRequest.get({ request: requestId }), "found") === 1;
  }

  /** How many orders of a request are known. */
  countOf(requestId: number): number {
    return numberOf(this.#count.get({ request: requestId }), "orders");
  }

  #putOne(order: OrderState): void {
    const key = { request: order.request_id, order: order.order_id };
    if (this.#archived.get(key) !== undefined) {
      if (order.late_result !== null) this.#addLate.run({ ...key, late: order.late_result });
      return;
    }
    const known = this.#order.get(key);
    const isOver = known !== undefined && known.finished_at !== null;
    if (isOver && (known.late_result !== null || order.late_result === null)) return;
    this.#put.run(
      Object.fromEntries(COLUMNS.map((column): [string, SQLInputValue] => [column, order[column]])),
    );
  }
}
