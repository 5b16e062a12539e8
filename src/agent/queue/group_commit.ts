/**
 * Group commit: writes that are asked for together share one transaction, and so one wait for the disk.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../../shared/sqlite/transaction.ts";
import { isDiskFull } from "../platform/disk_full.ts";

interface PendingWrite {
  write: () => unknown;
  essential: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Callbacks of {@linkcode GroupCommit}. */
interface GroupCommitHooks {
  /** Called after each transaction, before the promises of its writes resolve. */
  onCommit(): void;
  /** Called for each write that failed, before its promise rejects. */
  onFailure(error: unknown): void;
  /** Called when the disk is full for a write that must succeed; it is tried once more then. */
  makeRoom(): void;
  /** Called when a write failed; when it could mend what was wrong, the write is tried once more. */
  repair(error: unknown): boolean;
}

/** How a write is to be treated. */
interface WriteOptions {
  /** It may use the room that is kept for a full disk. @default true */
  essential?: boolean;
}

/**
 * Collects writes during one turn of the event loop and commits them together in the next.
 *
 * A write that throws takes nobody with it: its group is rolled back and every write of it is tried again alone.
 * Writes must therefore change nothing but the database.
 */
export class GroupCommit {
  readonly #database: () => DatabaseSync;
  readonly #hooks: GroupCommitHooks;
  #pending: PendingWrite[] = [];

  /** `database` gives the one in use now: a damaged file is replaced by another. */
  constructor(database: () => DatabaseSync, hooks: GroupCommitHooks) {
    this.#database = database;
    this.#hooks = hooks;
  }

  /**
   * Runs `write` inside a transaction and resolves with what it returned, once that is committed.
   *
   * @throws what `write` threw, or why the transaction could not be committed; then nothing of it is stored
   */
  run<T>(write: () => T, { essential = true }: WriteOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // Whatever else arrives in this turn shares the transaction, and so the one flush to the disk.
      if (this.#pending.length === 0) setImmediate(() => this.flush());
      this.#pending.push({ write, essential, resolve: (value) => resolve(value as T), reject });
    });
  }

  /** Commits now what is waiting for the next turn. */
  flush(): void {
    const group = this.#pending;
    this.#pending = [];
    if (group.length === 0) return;
    if (!this.#tryCommit(group, group.length === 1)) {
      // One of them is at fault, and only alone does it take nobody with it.
      for (const write of group) this.#tryCommit([write], true);
    }
  }

  /** False when the group failed and is not final: nothing of it is stored, and nobody has been told. */
  #tryCommit(group: PendingWrite[], final: boolean): boolean {
    let values: unknown[];
    try {
      values = this.#commit(group, final);
    } catch (error) {
      if (final) this.#fail(group, error);
      return final;
    }
    // Before anybody is told: who waits for room may be admitted by what just left.
    this.#hooks.onCommit();
    group.forEach((pending, index) => pending.resolve(values[index]));
    return true;
  }

  #commit(group: PendingWrite[], final: boolean): unknown[] {
    const attempt = () =>
      transaction(this.#database(), () => group.map((pending) => pending.write()));
    try {
      return attempt();
    } catch (error) {
      if (!final || !this.#remedy(group, error)) throw error;
      return attempt();
    }
  }

  /** True when what made the group fail may be gone. */
  #remedy(group: PendingWrite[], error: unknown): boolean {
    // A full disk is no damage, and mending would need room itself.
    if (!isDiskFull(error)) return this.#hooks.repair(error);
    // The reserve is for those who may not wait; new events can.
    const isEssential = group.every(({ essential }) => essential);
    if (isEssential) this.#hooks.makeRoom();
    return isEssential;
  }

  #fail(group: PendingWrite[], error: unknown): void {
    this.#hooks.onFailure(error);
    for (const pending of group) pending.reject(error);
  }
}
