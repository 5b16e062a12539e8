/**
 * What became of the orders of one request, one for each agent: the whole of it, for who decides by it what to do next.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { WITHDRAWN } from "./order.ts";

/**
 * Where the order of an agent stands:
 *
 * - `open`: it may still be carried out;
 * - `done`: it was, if only after the manager had given it up;
 * - `failed`: it was sent, and failed, or nothing more was heard of it;
 * - `not_reached`: it was never sent: the agent was not there, is held back as a clone, or has been removed;
 * - `withdrawn`: it was taken back before it was sent.
 */
export type Outcome = "open" | "done" | "failed" | "not_reached" | "withdrawn";

/** Why orders failed, and of how many agents. */
export interface FailureReason {
  message: string;
  agents: number;
  /** The id of one of them. */
  example: string;
}

const MOST_REASONS = 20;
const LONGEST_MESSAGE = 200;

const COLUMNS = "agent_id, status, sent_at, finished_at, result_message, late_result";

/** Every order of a request with its outcome. */
const WITH_OUTCOME = `
  SELECT o.agent_id, substr(coalesce(o.result_message, ''), 1, ${LONGEST_MESSAGE}) AS message,
    CASE
      WHEN o.status = 'success' OR o.late_result ->> '$.code' = 0 THEN 'done'
      WHEN o.finished_at IS NULL THEN 'open'
      WHEN o.sent_at IS NULL AND o.result_message = '${WITHDRAWN}' THEN 'withdrawn'
      WHEN o.sent_at IS NULL OR a.id IS NULL THEN 'not_reached'
      ELSE 'failed'
    END AS outcome
  FROM (
    SELECT ${COLUMNS} FROM orders WHERE request_id = :request
    UNION ALL
    SELECT ${COLUMNS} FROM orders_archive WHERE request_id = :request
  ) AS o LEFT JOIN agents AS a ON a.id = o.agent_id`;

/** Reads outcomes. */
export class RequestOutcomes {
  readonly #counts: StatementSync;
  readonly #agents: StatementSync;
  readonly #reasons: StatementSync;
  readonly #named: StatementSync;

  constructor(db: DatabaseSync) {
    this.#counts = db.prepare(
      `SELECT outcome, count(*) AS orders FROM (${WITH_OUTCOME}) GROUP BY outcome`,
    );
    this.#agents = db.prepare(`SELECT agent_id FROM (${WITH_OUTCOME}) WHERE outcome = :outcome`);
    this.#reasons = db.prepare(
      `SELECT message, count(*) AS agents, min(agent_id) AS example FROM (${WITH_OUTCOME})
       WHERE outcome = 'failed' GROUP BY message ORDER BY agents DESC, message LIMIT ${MOST_REASONS}`,
    );
    this.#named = db.prepare(
      `SELECT request_id FROM order_commands WHERE target_type = 'agents' AND target_id = ?
       ORDER BY request_id DESC LIMIT 1`,
    );
  }

  /** How many orders stand where. */
  counts(requestId: number): Record<Outcome, number> {
    const rows = this.#counts.all({ request: requestId });
    const of = (outcome: Outcome) =>
      Number(rows.find((row) => row.outcome === outcome)?.orders ?? 0);
    return {
      open: of("open"),
      done: of("done"),
      failed: of("failed"),
      not_reached: of("not_reached"),
      withdrawn: of("withdrawn"),
    };
  }

  /** The agents whose orders stand there. */
  agents(requestId: number, outcome: Outcome): string[] {
    return this.#agents.all({ request: requestId, outcome }).map((row) => String(row.agent_id));
  }

  /** Why orders failed, the most frequent reason first. */
  reasons(requestId: number): FailureReason[] {
    return this.#reasons.all({ request: requestId }).map((row) => ({
      message: String(row.message),
      agents: Number(row.agents),
      example: String(row.example),
    }));
  }

  /** The request whose agents were named as the list `id`. */
  requestOf(id: string): number | undefined {
    const row = this.#named.get(id);
    return row && Number(row.request_id);
  }
}
