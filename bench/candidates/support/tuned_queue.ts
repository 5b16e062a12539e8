/**
 * The agent's queue with other settings of SQLite than its own, in a folder that goes away with it.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type { Durability } from "../../../src/shared/sqlite/open.ts";
import { Queue } from "../../../src/agent/queue/queue.ts";
import type { Batch } from "../../../src/agent/queue/types.ts";
import { roomy, TempFolder } from "../../../tests/support/queues.ts";

/** Line 1 of each body. */
export const AGENT_LINE = `{"agent":{}}`;

/** Settings of a {@linkcode TunedQueue}; what is left out is as the agent has it. */
export interface Tuning {
  durability?: Durability;
  /** SQL run on the empty file, before the agent's code opens it: what a file keeps for life. */
  file?: string;
  /** SQL run on the open connection: what a connection forgets. */
  connection?: string;
}

/** A {@linkcode Queue} and the database below it. */
export class TunedQueue implements Disposable {
  readonly #folder: TempFolder;
  readonly queue: Queue;
  readonly database: DatabaseSync;

  private constructor(folder: TempFolder, queue: Queue, database: DatabaseSync) {
    this.#folder = folder;
    this.queue = queue;
    this.database = database;
  }

  static async open({ durability = "full", file, connection }: Tuning = {}): Promise<TunedQueue> {
    const folder = new TempFolder();
    const path = folder.file("agent.db");
    if (file !== undefined) prepareFile(path, file);
    const queue = Queue.open({
      path,
      durability,
      max: { events: 100_000_000, bytes: 100_000_000_000 },
      maxDeadLetterBytes: 1_000_000,
      chunkLimits: roomy,
      now: Date.now,
    });
    const database = await queue.transact((transaction) => transaction.database);
    if (connection !== undefined) database.exec(connection);
    return new TunedQueue(folder, queue, database);
  }

  /** Size of the database and of its write-ahead log now, in bytes. */
  fileBytes(): { database: number; log: number } {
    const path = this.#folder.file("agent.db");
    return { database: sizeOf(path), log: sizeOf(`${path}-wal`) };
  }

  append(events: readonly string[]): Promise<unknown> {
    return this.queue.append({ stream: "stateless", events });
  }

  /** Claims up to `events` events, reads their body and acknowledges them; gives the body's size. */
  async settleNext(events: number): Promise<number> {
    const batch = await this.claim(events);
    if (batch === undefined) return 0;
    const { length } = this.queue.body(batch);
    await this.queue.acknowledge(batch, { status: 200 });
    return length;
  }

  claim(events: number): Promise<Batch | undefined> {
    return this.queue.claim("stateless", {
      limits: { ...roomy, max_events: events },
      encoding: "identity",
      agent_line: AGENT_LINE,
    });
  }

  [Symbol.dispose](): void {
    this.queue.close();
    this.#folder[Symbol.dispose]();
  }
}

/** The journal mode is what makes SQLite write the file's header, and with it the other settings. */
function prepareFile(path: string, settings: string): void {
  const database = new DatabaseSync(path);
  database.exec(`${settings}; PRAGMA journal_mode = WAL`);
  database.close();
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
