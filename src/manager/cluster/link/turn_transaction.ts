/**
 * What this node learns within one turn of the loop is written in one transaction: a commit costs several times what it writes.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { savepoint, transaction } from "../../../shared/sqlite/transaction.ts";

interface Part {
  work(): void;
  done: PromiseWithResolvers<void>;
}

/** Gathers what is to be written. */
export class TurnTransaction {
  readonly #database: DatabaseSync;
  #parts: Part[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Does `work` with what others want to do in this turn, in the order of the calls. Of work that throws nothing is written. */
  run(work: () => void): Promise<void> {
    if (this.#parts.length === 0) queueMicrotask(() => this.#write());
    const done = Promise.withResolvers<void>();
    this.#parts.push({ work, done });
    return done.promise;
  }

  #write(): void {
    const parts = this.#parts;
    this.#parts = [];
    const told: (() => void)[] = [];
    try {
      transaction(this.#database, () => {
        for (const part of parts) told.push(this.#outcome(part));
      });
    } catch (error) {
      for (const { done } of parts) done.reject(error);
      return;
    }
    for (const tell of told) tell();
  }

  /** Returns what is to be told once it is committed. */
  #outcome({ work, done }: Part): () => void {
    try {
      savepoint(this.#database, work);
      return () => done.resolve();
    } catch (error) {
      return () => done.reject(error);
    }
  }
}
