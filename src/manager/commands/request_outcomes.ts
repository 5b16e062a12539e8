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
interface FailureReason {
  message: string;
  agents: number;
  /** The id of one of them. */
  example: string;
}

/** What has come of a request so far. */
export interface RequestTally {
  /** How many orders stand where. */
  counts: Record<Outcome, number>;
  /** Why some failed, the most frequent reason first. */
  reasons: FailureReason[];
}

const MOST_REASONS = 20;
const LONGEST_MESSAGE = 200;

const COLUMNS = "agent_id, status, sent_at, finished_at, result_message, late_result";

/** Every order of a request with its outcome. */
const WITH_OUTCOME = `
  SELECT o.agent_id, o.result_message,
    CASE
      WHEN o.finished_at IS NULL THEN 'open'
      WHEN o.status = 'success' OR o.late_result ->> '$.code' = 0 THEN 'done'
      WHEN o.sent_at IS NULL THEN iif(o.result_message = '${WITHDRAWN}', 'withdrawn', 'not_reached')
      WHEN NOT EXISTS (SELECT 1 FROM agents AS a WHERE a.id = o.agent_id) THEN 'not_reached'
      ELSE 'failed'
    END AS outcome
  FROM (
    SELECT ${COLUMNS} FROM orders WHERE request_id = :request
    UNION ALL
    SELECT ${COLUMNS} FROM orders_archive WHERE request_id = :request
  ) AS o`;

/** Reads outcomes. */
export class RequestOutcomes {
  readonly #tally: StatementSync;
  readonly #agents: StatementSync;
  readonly #named: StatementSync;
  readonly #any: StatementSync;

  constructor(db: DatabaseSync) {
    // One walk through the orders of a request, which may be a hundred thousand.
    this.#tally = db.prepare(
      `SELECT outcome, message, count(*) AS orders, min(agent_id) AS example
       FROM (SELECT outcome, agent_id,
           iif(outcome = 'failed', substr(result_message, 1, ${LONGEST_MESSAGE}), NULL) AS message
         FROM (${WITH_OUTCOME}))
       GROUP BY outcome, message ORDER BY orders DESC, message`,
    );
    this.#agents = db.prepare(`SELECT agent_id FROM (${WITH_OUTCOME}) WHERE outcome = :outcome`);
    this.#any = db.prepare(
      `SELECT 1 FROM orders WHERE request_id = :request
       UNION ALL SELECT 1 FROM orders_archive WHERE request_id = :request LIMIT 1`,
    );
    this.#named = db.prepare(
      `SELECT request_id FROM order_commands WHERE target_type = 'agents' AND target_id = ?
       ORDER BY request_id DESC LIMIT 1`,
    );
  }

  /** What has come of a request. */
  tally(requestId: number): RequestTally {
    const counts = { open: 0, done: 0, failed: 0, not_reached: 0, withdrawn: 0 };
    const reasons: FailureReason[] = [];
    for (const row of this.#tally.iterate({ request: requestId })) {
      const agents = Number(row.orders);
      counts[row.outcome as Outcome] += agents;
      if (row.outcome !== "failed" || reasons.length === MOST_REASONS) continue;
      reasons.push({ message: String(row.message ?? ""), agents, example: String(row.example) });
    }
    return { counts, reasons };
  }

  /** Whether there is any order of a request. */
  hasOrders(requestId: number): boolean {
    return this.#any.get({ request: requestId }) !== undefined;
  }

  /** The agents whose orders stand there. */
  agents(requestId: number, outcome: Outcome): string[] {
    return this.#agents.all({ request: requestId, outcome }).map((row) => String(row.agent_id));
  }

  /** The request whose agents were named as the list `id`. */
  requestOf(id: string): number | undefined {
    const row = this.#named.get(id);
    return row && Number(row.request_id);
  }
}
