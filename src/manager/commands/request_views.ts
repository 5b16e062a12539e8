/**
 * Command requests as people look at them: each with what was asked for, and how far its orders are.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { OrderStatus } from "./order.ts";

/** A request and how its orders stand. */
export interface RequestSummary {
  requestId: number;
  /** The first of its commands. */
  action: string;
  target: { type: string; id: string };
  user: string;
  source: string;
  commands: number;
  /** Milliseconds since 1970. */
  createdAtMs: number;
  counts: Record<OrderStatus, number>;
}

type Row = Record<string, unknown>;

/** Of one table, archived orders being in another one. */
const COUNTS = (table: string) =>
  `SELECT request_id, min(created_at) AS created_at,
     ${
    (["pending", "sent", "success", "failure"] as const)
      .map((status) => `sum(status = '${status}') AS ${status}`).join(", ")
  }
   FROM ${table} WHERE request_id BETWEEN :first AND :last GROUP BY request_id`;

/** Reads requests. */
export class RequestViews {
  readonly #requests: StatementSync;
  readonly #counts: readonly StatementSync[];

  constructor(db: DatabaseSync) {
    this.#requests = db.prepare(
      `SELECT request_id, max(number) + 1 AS commands, c.action_name, c.target_type, c.target_id,
         c.user, c.source
       FROM (
         SELECT request_id, number, first_value(action_name) OVER w AS action_name,
           first_value(target_type) OVER w AS target_type,
           first_value(target_id) OVER w AS target_id, user, source
         FROM order_commands
         WHERE request_id IN (
           SELECT DISTINCT request_id FROM order_commands WHERE request_id < :before
           ORDER BY request_id DESC LIMIT :limit
         )
         WINDOW w AS (PARTITION BY request_id ORDER BY number)
       ) AS c GROUP BY request_id ORDER BY request_id DESC`,
    );
    this.#counts = ["orders", "orders_archive"].map((table) => db.prepare(COUNTS(table)));
  }

  /** The newest requests before this one, newest first. */
  list({ before, limit }: { before: number; limit: number }): RequestSummary[] {
    const rows = this.#requests.all({ before, limit });
    if (rows.length === 0) return [];
    const [last, first] = [Number(rows[0]?.request_id), Number(rows.at(-1)?.request_id)];
    const counts = this.#counts.flatMap((statement) => statement.all({ first, last }));
    return rows.map((row) => {
      return summaryOf(row, counts.filter(({ request_id }) => request_id === row.request_id));
    });
  }
}

function summaryOf(row: Row, counts: readonly Row[]): RequestSummary {
  const sum = (status: OrderStatus) => counts.reduce((sum, one) => sum + Number(one[status]), 0);
  return {
    requestId: Number(row.request_id),
    action: String(row.action_name),
    target: { type: String(row.target_type), id: String(row.target_id) },
    user: String(row.user),
    source: String(row.source),
    commands: Number(row.commands),
    createdAtMs: Math.min(...counts.map(({ created_at }) => Number(created_at))),
    counts: {
      pending: sum("pending"),
      sent: sum("sent"),
      success: sum("success"),
      failure: sum("failure"),
    },
  };
}
