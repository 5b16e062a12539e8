/**
 * The rows of the rollouts, see `schema.ts`.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Rollout, RolloutState, Wave, WaveOutcome } from "./rollout.ts";
import type { Candidate } from "./wave_plan.ts";

/** A rollout that is to be written down. */
type NewRollout = Omit<
  Rollout,
  "id" | "state" | "reason" | "forgiven" | "changedMs" | "finishedMs"
>;

type Row = Record<string, unknown>;

const KEPT = 100;
/** The id of the group that every agent is in. */
const EVERYBODY = "*";

/** Reads and writes rollouts. */
export class RolloutTable {
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

  /** Writes a rollout down with its waves, and forgets the oldest of those that have ended. Returns its id. */
  add(rollout: NewRollout, turns: readonly (readonly string[])[]): number {
    return transaction(this.#db, () => {
      const id = this.#insert(rollout);
      turns.forEach((agents, index) => this.#addWave(id, index + 1, agents));
      this.#forgetOld();
      return id;
    });
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

  /** Moves a rollout on. With its end its agents are free for others. */
  setState(
    id: number,
    { state, reason = null, forgiven, nowMs, finished = false }: {
      state: RolloutState;
      reason?: string | null;
      forgiven?: number;
      nowMs: number;
      finished?: boolean;
    },
  ): void {
    transaction(this.#db, () => {
      this.#run(
        `UPDATE rollouts SET state = ?, reason = ?, forgiven = coalesce(?, forgiven), changed_at = ?,
           finished_at = ? WHERE id = ?`,
        [state, reason, forgiven ?? null, nowMs, finished ? nowMs : null, id],
      );
      if (finished) this.#run("DELETE FROM rollout_agents WHERE rollout_id = ?", [id]);
    });
  }

  /** Before the orders of a wave are made. */
  beginWave(id: number, wave: number, nowMs: number): void {
    this.#run(
      "UPDATE rollout_waves SET begun_at = ? WHERE rollout_id = ? AND number = ?",
      [nowMs, id, wave],
    );
  }

  /** Once they are made; `null` when there is nobody to make one for. */
  setRequest(id: number, wave: number, requestId: number): void {
    this.#run(
      "UPDATE rollout_waves SET request_id = ? WHERE rollout_id = ? AND number = ?",
      [requestId, id, wave],
    );
  }

  /** Writes down what came of a wave; agents whose orders were withdrawn get their turn with the next one. */
  settleWave(
    id: number,
    { number, agents }: Wave,
    { outcome, withdrawn, nowMs }: {
      outcome: WaveOutcome;
      withdrawn: readonly string[];
      nowMs: number;
    },
  ): void {
    transaction(this.#db, () => {
      this.#run(
        `UPDATE rollout_waves SET settled_at = ?, outcome = ?, agents = ?
         WHERE rollout_id = ? AND number = ?`,
        [nowMs, JSON.stringify(outcome), agents - withdrawn.length, id, number],
      );
      if (withdrawn.length > 0) this.#moveOn(id, number, withdrawn);
    });
  }

  #moveOn(id: number, wave: number, agents: readonly string[]): void {
    this.#run(
      `UPDATE OR REPLACE rollout_agents SET wave = ?
       WHERE rollout_id = ? AND wave = ? AND agent_id IN (SELECT value FROM json_each(?))`,
      [wave + 1, id, wave, JSON.stringify(agents)],
    );
    this.#run(
      `INSERT INTO rollout_waves (rollout_id, number, agents) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET agents = agents + excluded.agents`,
      [id, wave + 1, agents.length],
    );
  }

  #candidates(where: string, names: readonly string[]): Candidate[] {
    return this.#db.prepare(
      `SELECT a.id, coalesce(s.state IN ('active', 'pending'), 0) AS active FROM agents AS a
       LEFT JOIN agent_states AS s ON s.agent_id = a.id WHERE ${where}`,
    ).all(JSON.stringify(names)).map((row) => ({ id: String(row.id), active: row.active === 1 }));
  }

  #insert(rollout: NewRollout): number {
    const { version, release, manifest, target, waves, stopShare, timeoutS } = rollout;
    const { retry, agents, user, createdMs } = rollout;
    const row = this.#db.prepare(
      `INSERT INTO rollouts (version, release, manifest, target, waves, stop_share, timeout_s, retry, agents,
         user, state, forgiven, created_at, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', 0, ?, ?) RETURNING id`,
    ).get(
      version,
      release,
      manifest,
      JSON.stringify(target),
      JSON.stringify(waves),
      stopShare,
      timeoutS,
      retry ? 1 : 0,
      agents,
      user,
      createdMs,
      createdMs,
    );
    return Number(row?.id);
  }

  #addWave(id: number, number: number, agents: readonly string[]): void {
    this.#run(
      "INSERT INTO rollout_waves (rollout_id, number, agents) VALUES (?, ?, ?)",
      [id, number, agents.length],
    );
    this.#run(
      "INSERT INTO rollout_agents SELECT ?, ?, value FROM json_each(?) ORDER BY value",
      [id, number, JSON.stringify(agents)],
    );
  }

  #forgetOld(): void {
    const old = `SELECT id FROM rollouts WHERE finished_at IS NOT NULL
      ORDER BY id DESC LIMIT -1 OFFSET ${KEPT}`;
    this.#run(`DELETE FROM rollout_waves WHERE rollout_id IN (${old})`, []);
    this.#run(`DELETE FROM rollouts WHERE id IN (${old})`, []);
  }

  #run(sql: string, values: readonly SQLInputValue[]): void {
    this.#db.prepare(sql).run(...values);
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
