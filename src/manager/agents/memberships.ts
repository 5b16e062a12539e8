/**
 * Which agents are in which groups.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** The table of memberships. */
export class Memberships {
  readonly #remove: StatementSync;
  readonly #insert: StatementSync;
  readonly #groups: StatementSync;

  constructor(db: DatabaseSync) {
    this.#remove = db.prepare("DELETE FROM memberships WHERE agent_id = ?");
    this.#insert = db.prepare(
      "INSERT OR IGNORE INTO memberships (group_name, agent_id, position) VALUES (?, ?, ?)",
    );
    this.#groups = db.prepare(
      "SELECT group_name FROM memberships WHERE agent_id = ? ORDER BY position",
    );
  }

  /** Makes `groups` the complete list of the agent. Call it inside a transaction. */
  replace(agentId: string, groups: readonly string[]): void {
    this.#remove.run(agentId);
    groups.forEach((group, position) => this.#insert.run(group, agentId, position));
  }

  /** The groups of an agent, in the order of its list. */
  groupsOf(agentId: string): string[] {
    return this.#groups.all(agentId).map((row) => String(row.group_name));
  }
}
