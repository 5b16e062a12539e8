/**
 * The rows of the rollouts of a manager that is alone, see `schema.ts`.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { NewRollout, RolloutPlan, Settlement, StateChange } from "../stores/rollouts.ts";
import { RolloutViews } from "./rollout_views.ts";

const KEPT = 100;
/** Of those that have ended. */
export const OLD_ROLLOUTS = `SELECT id FROM rollouts WHERE finished_at IS NOT NULL
  ORDER BY id DESC LIMIT -1 OFFSET ${KEPT}`;

/** Writes rollouts, and looks at them. */
export class RolloutTable extends RolloutViews {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#db = db;
  }

  /** Writes a rollout down with its waves, and forgets the oldest of those that have ended. Returns its id. */
  insert({ rollout, turns }: RolloutPlan): number {
    return transaction(this.#db, () => {
      const id = insertRollout(this.#db, rollout);
      turns.forEach((agents, index) => this.#addWave(id, index + 1, agents));
      this.#forgetOld();
      return id;
    });
  }

  /** See {@linkcode RolloutStore.setState}. */
  changeState(
    id: number,
    { from, state, reason = null, forgiven, nowMs, finished = false }: StateChange,
  ): boolean {
    return transaction(this.#db, () => {
      const changed = this.#run(
        `UPDATE rollouts SET state = ?, reason = ?, forgiven = coalesce(?, forgiven), changed_at = ?,
           finished_at = ? WHERE id = ? AND state = ?`,
        [state, reason, forgiven ?? null, nowMs, finished ? nowMs : null, id, from],
      );
      if (changed && finished) this.#run("DELETE FROM rollout_agents WHERE rollout_id = ?", [id]);
      return changed;
    });
  }

  /** See {@linkcode RolloutStore.beginWave}. */
  begin(id: number, wave: number, nowMs: number): boolean {
    return this.#run(
      `UPDATE rollout_waves SET begun_at = ? WHERE rollout_id = ? AND number = ? AND begun_at IS NULL
         AND (SELECT state FROM rollouts WHERE id = rollout_id) = 'running'`,
      [nowMs, id, wave],
    );
  }

  /** See {@linkcode RolloutStore.setRequest}. */
  giveRequest(id: number, wave: number, requestId: number): void {
    this.#run(
      "UPDATE rollout_waves SET request_id = ? WHERE rollout_id = ? AND number = ?",
      [requestId, id, wave],
    );
  }

  /** See {@linkcode RolloutStore.settleWave}. */
  settle(id: number, wave: number, { outcome, withdrawn, nowMs }: Settlement): boolean {
    return transaction(this.#db, () => {
      const settled = this.#run(
        `UPDATE rollout_waves SET settled_at = ?, outcome = ?, agents = agents - ?
         WHERE rollout_id = ? AND number = ? AND settled_at IS NULL`,
        [nowMs, JSON.stringify(outcome), withdrawn.length, id, wave],
      );
      if (settled && withdrawn.length > 0) this.#moveOn(id, wave, withdrawn);
      return settled;
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
    this.#run(`DELETE FROM rollout_waves WHERE rollout_id IN (${OLD_ROLLOUTS})`, []);
    this.#run(`DELETE FROM rollouts WHERE id IN (${OLD_ROLLOUTS})`, []);
  }

  /** Returns whether a row was changed. */
  #run(sql: string, values: readonly SQLInputValue[]): boolean {
    return Number(this.#db.prepare(sql).run(...values).changes) > 0;
  }
}

/** A row for a new rollout, unless there is one of this id. Returns its id. */
export function insertRollout(
  db: DatabaseSync,
  rollout: NewRollout,
  id: number | null = null,
): number {
  const { version, release, manifest, target, waves, stopShare, timeoutS } = rollout;
  const { retry, agents, user, createdMs } = rollout;
  const row = db.prepare(
    `INSERT INTO rollouts (id, version, release, manifest, target, waves, stop_share, timeout_s, retry,
         agents, user, state, forgiven, created_at, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', 0, ?, ?)
       ON CONFLICT (id) DO UPDATE SET id = id RETURNING id`,
  ).get(
    id,
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
