/**
 * Rollouts as the database has them, looked at; see `schema.ts`.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Rollout, RolloutState, Wave } from "./rollout.ts";
import type { Candidate } from "./wave_plan.ts";

type Row = Record<string, unknown>;

/** The id of the group that every agent is in. */
const EVERYBODY = "*";

/** Looks at rollouts. */
export class RolloutViews {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The agents of these groups, each once. */
  agentsIn(groups: readonly string[]): Candidate[] {
    const where = groups.includes(EVERYBODY)
      ? "?1 <> ''"
      : `a.id IN (SELECT agent_id FROM memberships
           WHERE group_name IN (SELECT value FROM json_each(?1)))`;
    return this.#candidates(where, groups);
  }

  /** Those of these agents that there are. */
  agentsOf(ids: readonly string[]): Candidate[] {
    return this.#candidates("a.id IN (SELECT value FROM json_each(?1))", ids);
  }

  /** An agent of these that is part of a rollout that has not ended. */
  busyAgent(ids: readonly string[]): { agentId: string; rolloutId: number } | undefined {
    const row = this.#db.prepare(
      `SELECT agent_id, rollout_id FROM rollout_agents
       WHERE agent_id IN (SELECT value FROM json_each(?)) LIMIT 1`,
    ).get(JSON.stringify(ids));
    return row && { agentId: String(row.agent_id), rolloutId: Number(row.rollout_id) };
  }

  /** One rollout. */
  find(id: number): Rollout | undefined {
    const row = this.#db.prepare("SELECT * FROM rollouts WHERE id = ?").get(id);
    return row && toRollout(row);
  }

  /** All that are kept, the newest first. */
  list(): Rollout[] {
    return this.#db.prepare("SELECT * FROM rollouts ORDER BY id DESC").all().map(toRollout);
  }

  /** Those that have not ended, or still have orders out. */
  unsettled(): Rollout[] {
    return this.#db.prepare(
      `SELECT * FROM rollouts AS r WHERE finished_at IS NULL OR EXISTS (
         SELECT 1 FROM rollout_waves AS w
         WHERE w.rollout_id = r.id AND w.begun_at IS NOT NULL AND w.settled_at IS NULL)
       ORDER BY id`,
    ).all().map(toRollout);
  }

  /** The waves of a rollout, the first first. */
  waves(id: number): Wave[] {
    return this.#db.prepare("SELECT * FROM rollout_waves WHERE rollout_id = ? ORDER BY number")
      .all(id).map(toWave);
  }

  /** The agents of a wave. */
  agentsInWave(id: number, wave: number): string[] {
    return this.#db.prepare(
      "SELECT agent_id FROM rollout_agents WHERE rollout_id = ? AND wave = ?",
    ).all(id, wave).map((row) => String(row.agent_id));
  }

  #candidates(where: string, names: readonly string[]): Candidate[] {
    return this.#db.prepare(
      `SELECT a.id, coalesce(s.state IN ('active', 'pending'), 0) AS active FROM agents AS a
       LEFT JOIN agent_states AS s ON s.agent_id = a.id WHERE ${where}`,
    ).all(JSON.stringify(names)).map((row) => ({ id: String(row.id), active: row.active === 1 }));
  }
}

function toRollout(row: Row): Rollout {
  return {
    id: Number(row.id),
    version: String(row.version),
    release: Number(row.release),
    manifest: String(row.manifest),
    target: JSON.parse(String(row.target)),
    waves: JSON.parse(String(row.waves)),
    stopShare: Number(row.stop_share),
    timeoutS: Number(row.timeout_s),
    retry: row.retry === 1,
    agents: Number(row.agents),
    user: String(row.user),
    state: row.state as RolloutState,
    reason: row.reason === null ? null : String(row.reason),
    forgiven: Number(row.forgiven),
    createdMs: Number(row.created_at),
    changedMs: Number(row.changed_at),
    finishedMs: numberIn(row.finished_at),
  };
}

function toWave(row: Row): Wave {
  return {
    number: Number(row.number),
    agents: Number(row.agents),
    begunMs: numberIn(row.begun_at),
    requestId: numberIn(row.request_id),
    settledMs: numberIn(row.settled_at),
    outcome: row.outcome === null ? null : JSON.parse(String(row.outcome)),
  };
}

function numberIn(value: unknown): number | null {
  return value === null ? null : Number(value);
}
