/**
 * The registered agents.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { hashSecret, matchesSecret } from "../secrets.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Memberships } from "./memberships.ts";

/** What is stored of an agent at its registration. */
interface NewAgent {
  id: string;
  name: string;
  /** Stored salted and hashed only. */
  key: string;
  version: string;
  /** What it says about its machine; older and foreign agents leave it out, or a part of it. */
  host?: Readonly<Record<string, unknown>> | undefined;
  groups: readonly string[];
  registeredAtMs: number;
}

/** What an {@linkcode AgentTable} works with. */
interface AgentTableDeps {
  memberships: Memberships;
  /** Called inside the transaction that registers an agent, for rows that others keep of each. */
  onAdded(id: string, registeredAtMs: number): void;
}

/** The table of agents. */
export class AgentTable {
  readonly #db: DatabaseSync;
  readonly #memberships: Memberships;
  readonly #onAdded: AgentTableDeps["onAdded"];
  readonly #insert: StatementSync;
  readonly #secret: StatementSync;
  readonly #exists: StatementSync;
  readonly #nameTaken: StatementSync;
  readonly #count: StatementSync;

  constructor(db: DatabaseSync, { memberships, onAdded }: AgentTableDeps) {
    this.#db = db;
    this.#memberships = memberships;
    this.#onAdded = onAdded;
    this.#insert = db.prepare(
      `INSERT INTO agents (id, name, key_salt, key_hash, version, host, registered_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#secret = db.prepare("SELECT key_salt, key_hash FROM agents WHERE id = ?");
    this.#exists = db.prepare("SELECT 1 FROM agents WHERE id = ?");
    this.#nameTaken = db.prepare("SELECT 1 FROM agents WHERE name = ?");
    this.#count = db.prepare("SELECT count(*) AS agents FROM agents");
  }

  /** Stores an agent, its groups, and what others keep of it. Returns the member that is taken already, and then stores nothing. */
  add(agent: NewAgent): "id" | "name" | undefined {
    if (this.has(agent.id)) return "id";
    if (this.#nameTaken.get(agent.name) !== undefined) return "name";
    transaction(this.#db, () => {
      this.#store(agent);
      this.#memberships.replace(agent.id, agent.groups);
      this.#onAdded(agent.id, agent.registeredAtMs);
    });
    return undefined;
  }

  /** True when an agent with this id is registered. */
  has(id: string): boolean {
    return this.#exists.get(id) !== undefined;
  }

  /** Whether `key` is the key of agent `id`. */
  checkKey(id: string, key: string): "ok" | "unknown agent" | "wrong key" {
    const row = this.#secret.get(id);
    if (row === undefined) return "unknown agent";
    const { key_salt: salt, key_hash: hash } = row as {
      key_salt: Uint8Array;
      key_hash: Uint8Array;
    };
    return matchesSecret(key, { salt, hash }) ? "ok" : "wrong key";
  }

  /** Number of registered agents. */
  count(): number {
    return Number(this.#count.get()?.agents);
  }

  #store({ id, name, key, version, host = {}, registeredAtMs }: NewAgent): void {
    const { salt, hash } = hashSecret(key);
    this.#insert.run(id, name, salt, hash, version, JSON.stringify(host), registeredAtMs);
  }
}
