/**
 * Group commit: writes that are asked for together share one transaction, and so one wait for the disk.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { DatabaseSync } from "node:sqlite";

interface PendingWrite {
  write: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Callbacks of {@linkcode GroupCommit}. */
export interface GroupCommitHooks {
  /** Called after each transaction, before the promises of its writes resolve. */
  onCommit(): void;
  /** Called for each write that failed, before its promise rejects. */
  onFailure(error: unknown): void;
}

/**
 * Collects writes during one turn of the event loop and commits them together in the next.
 *
 * A write that throws takes nobody with it: its group is rolled back and every write of it is tried again alone.
 * Writes must therefore change nothing but the database.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #hooks: GroupCommitHooks;
  #pending: PendingWrite[] = [];

  constructor(database: DatabaseSync, hooks: GroupCommitHooks) {
    this.#database = database;
    this.#hooks = hooks;
  }

  /**
   * Runs `write` inside a transaction and resolves with what it returned, once that is committed.
   *
   * @throws what `write` threw, or why the transaction could not be committed; then nothing of it is stored
   */
  run<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => this.flush());
      this.#pending.push({ write, resolve: (value) => resolve(value as T), reject });
    });
  }

  /** Commits now what is waiting for the next turn. */
  flush(): void {
    const group = this.#pending;
    this.#pending = [];
    if (group.length === 0) return;
    if (!this.#tryCommit(group, group.length === 1)) {
      for (const write of group) this.#tryCommit([write], true);
    }
  }

  /** False when the group failed and is not final: nothing of it is stored, and nobody has been told. */
  #tryCommit(group: PendingWrite[], final: boolean): boolean {
    let values: unknown[];
    try {
      values = this.#transaction(group);
    } catch (error) {
      if (final) this.#fail(group, error);
      return final;
    }
    this.#hooks.onCommit();
    group.forEach((pending, index) => pending.resolve(values[index]));
    return true;
  }

  #transaction(group: PendingWrite[]): unknown[] {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const values = group.map((pending) => pending.write());
      this.#database.exec("COMMIT");
      return values;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // A failed COMMIT (a full disk) may have rolled back already; there is nothing left to undo.
    }
  }

  #fail(group: PendingWrite[], error: unknown): void {
    this.#hooks.onFailure(error);
    for (const pending of group) pending.reject(error);
  }
}
