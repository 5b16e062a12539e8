/**
 * The newest changes of the state of each agent. Triggers of the table of states write them, so no change is ever without its line.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { AgentState } from "./announcement.ts";

/** A change. */
export interface StateChange {
  /** ISO 8601. */
  at: string;
  previous: AgentState;
  current: AgentState;
}

/** Reads them. */
export class StateHistory {
  readonly #list: StatementSync;

  constructor(db: DatabaseSync) {
    this.#list = db.prepare(
      "SELECT at, previous, current FROM state_history WHERE agent_id = ? ORDER BY number DESC",
    );
  }

  /** The newest changes of an agent, 16 at most, newest first. */
  of(agentId: string): StateChange[] {
    return this.#list.all(agentId).map((row) => ({
      at: new Date(Number(row.at)).toISOString(),
      previous: row.previous as AgentState,
      current: row.current as AgentState,
    }));
  }
}
