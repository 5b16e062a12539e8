/**
 * What a node of a cluster knows of the rollouts: the rows that it looks them up by, filled by what it follows.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Rollout, Wave } from "./rollout.ts";
import { insertRollout, OLD_ROLLOUTS } from "./rollout_table.ts";

/** The tables of rollouts. */
export class RolloutModel {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Id of the newest rollout; 0 when there never was one. */
  lastId(): number {
    return Number(this.#db.prepare("SELECT max(id) AS id FROM rollouts").get()?.id ?? 0);
  }

  /** The oldest of those that have ended, beyond those that are kept. */
  oldIds(): number[] {
    return this.#db.prepare(OLD_ROLLOUTS).all().map(({ id }) => Number(id));
  }

  /** Takes a rollout as it stands elsewhere. */
  put(rollout: Rollout, waves: readonly Wave[]): void {
    transaction(this.#db, () => {
      insertRollout(this.#db, rollout, rollout.id);
      this.#run(
        `UPDATE rollouts SET state = ?, reason = ?, forgiven = ?, changed_at = ?, finished_at = ?
         WHERE id = ?`,
        [
          rollout.state,
          rollout.reason,
          rollout.forgiven,
          rollout.changedMs,
          rollout.finishedMs,
          rollout.id,
        ],
      );
      for (const wave of waves) this.#putWave(rollout.id, wave);
      if (rollout.finishedMs === null) return;
      this.#run("DELETE FROM rollout_agents WHERE rollout_id = ?", [rollout.id]);
    });
  }

  /** Takes agents of a wave. */
  putAgents(id: number, wave: number, agents: readonly string[]): void {
    this.#run(
      "INSERT OR IGNORE INTO rollout_agents SELECT ?, ?, value FROM json_each(?) ORDER BY value",
      [id, wave, JSON.stringify(agents)],
    );
  }

  /** Forgets a rollout. */
  forget(id: number): void {
    transaction(this.#db, () => {
      for (const table of ["rollout_agents", "rollout_waves"]) {
        this.#run(`DELETE FROM ${table} WHERE rollout_id = ?`, [id]);
      }
      this.#run("DELETE FROM rollouts WHERE id = ?", [id]);
    });
  }

  #putWave(id: number, { number, agents, begunMs, requestId, settledMs, outcome }: Wave): void {
    this.#run("INSERT OR REPLACE INTO rollout_waves VALUES (?, ?, ?, ?, ?, ?, ?)", [
      id,
      number,
      agents,
      begunMs,
      requestId,
      settledMs,
      outcome === null ? null : JSON.stringify(outcome),
    ]);
  }

  #run(sql: string, values: readonly SQLInputValue[]): void {
    this.#db.prepare(sql).run(...values);
  }
}
