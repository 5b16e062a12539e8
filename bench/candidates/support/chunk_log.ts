/**
 * The least that a queue has to do on disk: chunks of lines, batches of one chunk each, and the
 * agent's group commit. Small enough to be put on another thread as a whole.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { GroupCommit } from "../../../src/agent/queue/group_commit.ts";

/** A batch that was claimed. */
export interface ClaimedChunk {
  chunk: number;
  lines: Uint8Array<ArrayBuffer>;
}

/** A log of chunks, on whatever thread it is. */
export interface ChunkStorage {
  /** Resolves once the lines are on disk. */
  append(lines: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Claims the oldest chunk that nobody has; `undefined` when there is none. */
  claim(): Promise<ClaimedChunk | undefined>;
  /** Removes a chunk and its batch. */
  acknowledge(chunk: number): Promise<void>;
  close(): void;
}

/** A {@linkcode ChunkStorage} on the thread that calls it; WAL and `synchronous = FULL`. */
export class ChunkLog implements ChunkStorage {
  readonly #database: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #insertChunk: StatementSync;
  readonly #oldest: StatementSync;
  readonly #insertBatch: StatementSync;
  readonly #deleteChunk: StatementSync;
  readonly #deleteBatch: StatementSync;

  constructor(path: string) {
    const database = new DatabaseSync(path);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE chunk (id INTEGER PRIMARY KEY AUTOINCREMENT, lines BLOB NOT NULL) STRICT;
      CREATE TABLE batch (chunk INTEGER PRIMARY KEY) STRICT;`);
    this.#database = database;
    this.#commits = new GroupCommit(() => database, {
      onCommit() {},
      onFailure() {},
      makeRoom() {},
      repair: () => false,
    });
    this.#insertChunk = database.prepare("INSERT INTO chunk (lines) VALUES (?)");
    this.#oldest = database.prepare(
      `SELECT id AS chunk, lines FROM chunk
       WHERE id > (SELECT ifnull(max(chunk), 0) FROM batch) ORDER BY id LIMIT 1`,
    );
    this.#insertBatch = database.prepare("INSERT INTO batch (chunk) VALUES (?)");
    this.#deleteChunk = database.prepare("DELETE FROM chunk WHERE id = ?");
    this.#deleteBatch = database.prepare("DELETE FROM batch WHERE chunk = ?");
  }

  async append(lines: Uint8Array): Promise<void> {
    await this.#commits.run(() => this.#insertChunk.run(lines));
  }

  claim(): Promise<ClaimedChunk | undefined> {
    return this.#commits.run(() => {
      const claimed = this.#oldest.get() as ClaimedChunk | undefined;
      if (claimed !== undefined) this.#insertBatch.run(claimed.chunk);
      return claimed;
    });
  }

  async acknowledge(chunk: number): Promise<void> {
    await this.#commits.run(() => {
      this.#deleteChunk.run(chunk);
      this.#deleteBatch.run(chunk);
    });
  }

  close(): void {
    this.#commits.flush();
    this.#database.close();
  }
}
