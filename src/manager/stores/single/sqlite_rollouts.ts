/**
 * Rollouts of one manager: rows of its database.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { RolloutTable } from "../../rollouts/rollout_table.ts";
import type { RolloutPlan, RolloutStore, Settlement, StateChange } from "../rollouts.ts";

/** The rollouts in a database. What each method does is one transaction. */
export class SqliteRollouts extends RolloutTable implements RolloutStore {
  constructor(database: DatabaseSync) {
    super(database);
  }

  moves(): boolean {
    return true;
  }

  whenChanged(_listener: () => void): void {
    // There is no elsewhere.
  }

  // deno-lint-ignore require-await
  async add(plan: () => RolloutPlan): Promise<number> {
    return this.insert(plan());
  }

  // deno-lint-ignore require-await
  async setState(id: number, change: StateChange): Promise<boolean> {
    return this.changeState(id, change);
  }

  // deno-lint-ignore require-await
  async beginWave(id: number, wave: number, nowMs: number): Promise<boolean> {
    return this.begin(id, wave, nowMs);
  }

  // deno-lint-ignore require-await
  async setRequest(id: number, wave: number, requestId: number): Promise<void> {
    this.giveRequest(id, wave, requestId);
  }

  // deno-lint-ignore require-await
  async settleWave(id: number, wave: number, settlement: Settlement): Promise<boolean> {
    return this.settle(id, wave, settlement);
  }
}
