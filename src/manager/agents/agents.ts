/**
 * The registered agents.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { hashSecret, matchesSecret, type SaltedHash } from "../secrets.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Memberships } from "./memberships.ts";

/** What is stored of an agent at its registration. */
export interface NewAgent {
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

/** An agent as it is kept. */
export interface AgentRow extends Omit<NewAgent, "key">, SaltedHash {}

/** What an {@linkcode AgentTable} works with. */
interface AgentTableDeps {
  memberships: Memberships;
  /** Called inside the transaction that registers an agent, for rows that others keep of each. */
  onAdded(id: string, registeredAtMs: number): void;
  /** Called inside the transaction that removes an agent, for the same rows. */
  onRemoved(id: string): void;
}

/** What becomes of a registration: `repeated` when this very agent is registered already. */
export type RegistrationOutcome = "added" | "repeated" | "id taken" | "name taken";

/** The table of agents. */
export class AgentTable {
  readonly #db: DatabaseSync;
  readonly #memberships: Memberships;
  readonly #onAdded: AgentTableDeps["onAdded"];
  readonly #onRemoved: AgentTableDeps["onRemoved"];
  readonly #insert: StatementSync;
  readonly #secret: StatementSync;
  readonly #exists: StatementSync;
  readonly #named: StatementSync;
  readonly #name: StatementSync;
  readonly #count: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync, { memberships, onAdded, onRemoved }: AgentTableDeps) {
    this.#db = db;
    this.#memberships = memberships;
    this.#onAdded = onAdded;
    this.#onRemoved = onRemoved;
    this.#insert = db.prepare(
      `INSERT INTO agents (id, name, key_salt, key_hash, version, host, registered_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#secret = db.prepare("SELECT key_salt, key_hash FROM agents WHERE id = ?");
    this.#exists = db.prepare("SELECT 1 FROM agents WHERE id = ?");
    this.#named = db.prepare("SELECT id FROM agents WHERE name = ?");
    this.#name = db.prepare("SELECT name FROM agents WHERE id = ?");
    this.#count = db.prepare("SELECT count(*) AS agents FROM agents");
    this.#remove = db.prepare("DELETE FROM agents WHERE id = ?");
  }

  /**
   * Stores an agent, its groups, and what others keep of it; nothing unless the outcome is `added`; `alongside` and the removal of the agent that it `replaces` are part of the transaction. An agent whose answer was lost
   * asks again with the id and the key that it has: it is registered, so that is what it must hear.
   */
  add(
    agent: NewAgent,
    { alongside, replaces }: { alongside?: () => void; replaces?: string | undefined } = {},
  ): RegistrationOutcome {
    const nameOf = this.#named.get(agent.name)?.id;
    const known = this.checkKey(agent.id, agent.key);
    // Asked before the name: this very agent has it, and that is no conflict.
    if (known === "ok" && nameOf === agent.id) return "repeated";
    if (known !== "unknown agent") return "id taken";
    if (nameOf !== undefined && nameOf !== replaces) return "name taken";
    transaction(this.#db, () => {
      if (replaces !== undefined) this.#removeRows(replaces);
      this.#store(agent);
      this.#memberships.replace(agent.id, agent.groups);
      this.#onAdded(agent.id, agent.registeredAtMs);
      alongside?.();
    });
    return "added";
  }

  /** Has an agent be as it is kept elsewhere. One that had its name is removed. */
  put(agent: AgentRow): void {
    transaction(this.#db, () => {
      const named = this.#named.get(agent.name)?.id;
      if (named !== undefined && named !== agent.id) this.#removeRows(String(named));
      const isNew = !this.has(agent.id);
      if (!isNew) this.#remove.run(agent.id);
      this.#storeRow(agent);
      this.#memberships.replace(agent.id, agent.groups);
      if (isNew) this.#onAdded(agent.id, agent.registeredAtMs);
    });
  }

  /** Removes an agent and all that is kept of it. Returns false when there is none. */
  remove(id: string): boolean {
    return transaction(this.#db, () => this.#removeRows(id));
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

  /** The name of an agent. */
  nameOf(id: string): string | undefined {
    const name = this.#name.get(id)?.name;
    return name === undefined ? undefined : String(name);
  }

  /** Number of registered agents. */
  count(): number {
    return Number(this.#count.get()?.agents);
  }

  #removeRows(id: string): boolean {
    if (this.#remove.run(id).changes === 0) return false;
    this.#memberships.replace(id, []);
    this.#onRemoved(id);
    return true;
  }

  #store({ key, ...agent }: NewAgent): void {
    this.#storeRow({ ...agent, ...hashSecret(key) });
  }

  #storeRow({ id, name, salt, hash, version, host = {}, registeredAtMs }: AgentRow): void {
    this.#insert.run(id, name, salt, hash, version, JSON.stringify(host), registeredAtMs);
  }
}
