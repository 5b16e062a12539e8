/**
 * Orders as people and scripts look at them: lists, page by page, and counts.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  numberOf,
  ORDER_FIELDS,
  ORDER_STATUSES,
  type OrderKey,
  type OrderStatus,
  type Row,
  toDocument,
  WITH_COMMAND,
} from "./order.ts";

/** Which orders are asked for: all that every member that is given says. */
interface OrderFilter {
  status?: OrderStatus;
  agentId?: string;
  requestId?: number;
}

/** Which page of which orders is asked for. */
export interface OrderQuery extends OrderFilter {
  /** How many at most. */
  limit: number;
  /** Only orders after this one. */
  after: OrderKey;
}

/** A page of orders, oldest first. */
interface OrderPage {
  orders: Record<string, unknown>[];
  /** The last order of the page when there may be more after it. */
  next: OrderKey | undefined;
}

/** How many orders of a request stand where. */
type StatusCounts = Record<OrderStatus, number>;

type Found = Row & { archived: boolean };

const TABLES = ["orders", "orders_archive"] as const;

/** Reads orders, archived ones too. */
export class OrderViews {
  readonly #db: DatabaseSync;
  readonly #prefix: string;

  /** @param prefix see {@linkcode OrderStream.prefix} */
  constructor(db: DatabaseSync, prefix: string) {
    this.#db = db;
    this.#prefix = prefix;
  }

  /** A page of the orders that match. */
  list(query: OrderQuery): OrderPage {
    const found = [...this.#select("orders", query), ...this.#select("orders_archive", query)];
    const page = found.sort(byAge).slice(0, query.limit);
    const last = page.at(-1);
    const more = last !== undefined && page.length === query.limit;
    return {
      orders: page.map((row) => toDocument(this.#prefix, row, row.archived)),
      next: more ? keyOf(last) : undefined,
    };
  }

  /** The newest orders of an agent, newest first. */
  newestOf(agentId: string, limit: number): Record<string, unknown>[] {
    return TABLES.flatMap((table) =>
      this.#db.prepare(
        `SELECT ${ORDER_FIELDS} FROM ${table} AS o ${WITH_COMMAND} WHERE o.agent_id = ?
         ORDER BY o.request_id DESC, o.order_id DESC LIMIT ?`,
      ).all(agentId, limit).map((row) => ({ ...row, archived: table === "orders_archive" }))
    ).sort((one, other) => byAge(other, one)).slice(0, limit)
      .map((row) => toDocument(this.#prefix, row, row.archived));
  }

  /** How many orders match, archived ones too. */
  count(filter: OrderFilter): number {
    const { sql, values } = conditionOf(filter);
    return TABLES.reduce((sum, table) => {
      const row = this.#db.prepare(
        `SELECT count(*) AS orders FROM ${table} AS o WHERE ${sql}`,
      ).get(...values);
      return sum + Number(row?.orders);
    }, 0);
  }

  /** How many orders stand where that are not in the archive. */
  totals(): StatusCounts {
    return countsIn(
      this.#db.prepare("SELECT status, count(*) AS orders FROM orders GROUP BY status").all(),
    );
  }

  /** Counts of a request's orders, archived ones too; `undefined` when it has none. */
  countsOf(requestId: number): StatusCounts | undefined {
    const rows = this.#db.prepare(
      `SELECT status, sum(orders) AS orders FROM (
         SELECT status, count(*) AS orders FROM orders WHERE request_id = :request GROUP BY status
         UNION ALL
         SELECT status, count(*) FROM orders_archive WHERE request_id = :request GROUP BY status
       ) GROUP BY status`,
    ).all({ request: requestId });
    return rows.length === 0 ? undefined : countsIn(rows);
  }

  /** The newest order of this action that an agent did; `undefined` when it did none, or that was too long ago. */
  latestDone(agentId: string, action: string): Record<string, unknown> | undefined {
    const [row] = (["orders", "orders_archive"] as const)
      .flatMap((table) => this.#newestDone(table, agentId, action))
      .sort((one, other) => byAge(other, one));
    return row && toDocument(this.#prefix, row, row.archived);
  }

  #newestDone(table: "orders" | "orders_archive", agentId: string, action: string): Found[] {
    return this.#db.prepare(
      `SELECT ${ORDER_FIELDS} FROM ${table} AS o ${WITH_COMMAND}
       WHERE o.agent_id = ? AND o.status = 'success' AND c.action_name = ?
       ORDER BY o.request_id DESC, o.order_id DESC LIMIT 1`,
    ).all(agentId, action).map((row) => ({ ...row, archived: table === "orders_archive" }));
  }

  #select(table: "orders" | "orders_archive", query: OrderQuery): Found[] {
    const { sql, values } = conditionOf(query);
    return this.#db.prepare(
      `SELECT ${ORDER_FIELDS} FROM ${table} AS o ${WITH_COMMAND}
       WHERE (o.request_id, o.order_id) > (?, ?) AND ${sql}
       ORDER BY o.request_id, o.order_id LIMIT ?`,
    ).all(query.after.requestId, query.after.orderId, ...values, query.limit)
      .map((row) => ({ ...row, archived: table === "orders_archive" }));
  }
}

function conditionOf(
  { status, agentId, requestId }: OrderFilter,
): { sql: string; values: SQLInputValue[] } {
  const given = [
    ["o.status = ?", status],
    ["o.agent_id = ?", agentId],
    ["o.request_id = ?", requestId],
  ] as const;
  const used = given.flatMap(([sql, value]) => value === undefined ? [] : [{ sql, value }]);
  return {
    sql: ["TRUE", ...used.map(({ sql }) => sql)].join(" AND "),
    values: used.map(({ value }) => value),
  };
}

function countsIn(rows: readonly Row[]): StatusCounts {
  const counts: StatusCounts = { pending: 0, sent: 0, success: 0, failure: 0 };
  for (const status of ORDER_STATUSES) {
    counts[status] = Number(rows.find((row) => row.status === status)?.orders ?? 0);
  }
  return counts;
}

function byAge(one: Row, other: Row): number {
  const [left, right] = [keyOf(one), keyOf(other)];
  return left.requestId - right.requestId || left.orderId - right.orderId;
}

function keyOf(row: Row): OrderKey {
  return { requestId: numberOf(row, "request_id"), orderId: numberOf(row, "order_id") };
}
