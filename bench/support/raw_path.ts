/**
 * The least that a durable path from memory to a server can do, with SQLite and `fetch` and nothing
 * of the agent: what its own figures are to be compared with, in the same run on the same machine.
 *
 * Each group is encoded once and committed as one row; each row is read back, sent, and deleted
 * once it was received. Nothing is counted, retried or promised, and no batch is on disk.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Durability } from "../../src/shared/sqlite/open.ts";

const MAX_IN_FLIGHT = 4;

/** A table of groups in a database at `path`. */
export class RawPath implements Disposable {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #delete: StatementSync;
  readonly #url: string;
  readonly #encoder = new TextEncoder();
  readonly #inFlight = new Set<Promise<void>>();

  constructor(path: string, { durability, url }: { durability: Durability; url: string }) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${durability};
      CREATE TABLE chunk (id INTEGER PRIMARY KEY AUTOINCREMENT, lines BLOB NOT NULL);
    `);
    this.#insert = this.#database.prepare("INSERT INTO chunk (lines) VALUES (?)");
    this.#select = this.#database.prepare("SELECT lines FROM chunk WHERE id = ?");
    this.#delete = this.#database.prepare("DELETE FROM chunk WHERE id = ?");
    this.#url = url;
  }

  /** Stores events as one row; gives its id. */
  store(events: readonly string[]): number | bigint {
    return this.#insert.run(this.#encoder.encode(events.join(""))).lastInsertRowid;
  }

  /** Sends rows that are stored; resolves when all are received and deleted. */
  async sendAll(ids: readonly (number | bigint)[]): Promise<void> {
    for (const id of ids) await this.#sendWhenFree(id);
    await Promise.all(this.#inFlight);
  }

  /** Moves `groups` times the same events; resolves when all are received and deleted. */
  async move(events: readonly string[], groups: number): Promise<void> {
    for (let group = 0; group < groups; group++) {
      await this.#sendWhenFree(this.store(events));
    }
    await Promise.all(this.#inFlight);
  }

  /** Throws unless nothing is left. */
  assertEmpty(): void {
    assert.equal(this.#database.prepare("SELECT count(*) AS rows FROM chunk").get()?.rows, 0);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Resolves when it is under way. */
  async #sendWhenFree(id: number | bigint): Promise<void> {
    while (this.#inFlight.size >= MAX_IN_FLIGHT) await Promise.race(this.#inFlight);
    const sent = this.#send(id).finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
  }

  async #send(id: number | bigint): Promise<void> {
    const row = this.#select.get(id) as { lines: Uint8Array<ArrayBuffer> };
    const answer = await fetch(this.#url, { method: "POST", body: row.lines });
    await answer.body?.cancel();
    assert.equal(answer.status, 204);
    this.#delete.run(id);
  }
}
