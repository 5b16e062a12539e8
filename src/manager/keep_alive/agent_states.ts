/**
 * How the agents stand, as far as it is written down.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AGENT_STATES, type AgentState } from "./announcement.ts";
import type { HeldBack } from "./types.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";

/** What is written down of an agent. */
export interface SavedState {
  agentId: string;
  state: AgentState;
  /** Milliseconds since 1970. */
  sinceMs: number;
  /** Milliseconds since 1970; `undefined` when it was never heard of. */
  heardAtMs: number | undefined;
  /** Where it was heard from; empty when that is not known. */
  address: string;
  /** Changes that are not announced yet; `undefined` for none. */
  held: HeldBack | undefined;
}

/** A saved state and what the registration says. */
export interface StateOfAgent extends SavedState {
  name: string;
}

const SELECT = `
  SELECT a.id, a.name, s.state, s.since, s.last_sign_at, s.announced, s.held_changes,
    coalesce(nullif(s.address, ''), a.host ->> '$.ip[0]', '') AS address
  FROM agents AS a JOIN agent_states AS s ON s.agent_id = a.id`;

/** The table of states. */
export class AgentStateTable {
  readonly #db: DatabaseSync;
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #save: StatementSync;
  readonly #find: StatementSync;
  readonly #seen: StatementSync;
  readonly #counts: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#add = db.prepare(
      "INSERT INTO agent_states (agent_id, state, since) VALUES (?, 'never_connected', ?)",
    );
    this.#remove = db.prepare("DELETE FROM agent_states WHERE agent_id = ?");
    this.#save = db.prepare(
      `UPDATE agent_states SET state = ?, since = ?, last_sign_at = ?, address = ?,
         announced = ?, held_changes = ?
       WHERE agent_id = ?`,
    );
    this.#find = db.prepare(`${SELECT} WHERE a.id = ?`);
    this.#seen = db.prepare(`${SELECT} WHERE s.state <> 'never_connected'`);
    this.#counts = db.prepare("SELECT state, count(*) AS agents FROM agent_states GROUP BY state");
  }

  /** An agent has just been registered. Call it inside the transaction that registers it. */
  add(agentId: string, registeredAtMs: number): void {
    this.#add.run(agentId, registeredAtMs);
  }

  /** An agent is removed. Call it inside the transaction that removes it. */
  remove(agentId: string): void {
    this.#remove.run(agentId);
  }

  /** Writes states down, in one transaction. */
  save(states: Iterable<SavedState>): void {
    transaction(this.#db, () => {
      for (const { agentId, state, sinceMs, heardAtMs = null, address, held } of states) {
        const { announced = null, changes = 0 } = held ?? {};
        this.#save.run(state, sinceMs, heardAtMs, address, announced, changes, agentId);
      }
    });
  }

  /** What is written down of one agent. */
  find(agentId: string): StateOfAgent | undefined {
    const row = this.#find.get(agentId);
    return row && toState(row);
  }

  /** Every agent that has connected at least once. */
  *connectedOnce(): Generator<StateOfAgent> {
    for (const row of this.#seen.iterate()) yield toState(row);
  }

  /** How many agents are in each state. */
  counts(): Record<AgentState, number> {
    const rows = this.#counts.all();
    const count = (state: AgentState) => rows.find((row) => row.state === state)?.agents ?? 0;
    const entries = AGENT_STATES.map((state) => [state, Number(count(state))]);
    return Object.fromEntries(entries) as Record<AgentState, number>;
  }
}

function toState(row: Record<string, unknown>): StateOfAgent {
  return {
    agentId: String(row.id),
    name: String(row.name),
    state: row.state as AgentState,
    sinceMs: Number(row.since),
    heardAtMs: row.last_sign_at === null ? undefined : Number(row.last_sign_at),
    address: String(row.address),
    held: row.announced === null
      ? undefined
      : { announced: row.announced as AgentState, changes: Number(row.held_changes) },
  };
}
