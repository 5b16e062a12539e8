/**
 * Looks into a queue, whether an agent uses it or not, and changes nothing.
 *
 * Everything that is long is read in short transactions, page by page: what an agent settles meanwhile may or may not be seen.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type {
  EventQuery,
  LedgerRow,
  LetterSummary,
  QueuedEvent,
  QueueStatistics,
} from "../../../shared/protocol/queue_inspection.ts";
import type { Account } from "../../../shared/protocol/stored_events.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { SchemaPart } from "../../../shared/sqlite/schema.ts";
import { messageOf } from "../../../shared/errors.ts";
import { checkDatabase, isDamage } from "../../../shared/sqlite/damage.ts";
import { LARGE_TABLES, openDatabaseReadOnly } from "../database.ts";
import { QueueMender } from "../queue_mender.ts";
import { QueueStore } from "../queue_store.ts";
import { hasItsBytes } from "../readable_events.ts";
import { STREAMS } from "../types.ts";
import { eventsIn, sourceOf } from "./event_text.ts";
import { letter, letterEvents, letters, losses } from "./ledgers.ts";
import { snapshot } from "./snapshot.ts";
import { fileStatistics, streamStatistics } from "./statistics.ts";
import { StoredChunks } from "./stored_chunks.ts";

/** An open database, only to be read. */
export class QueueReader implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #store: QueueStore;

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#store = new QueueStore(database, { maxDeadLetterBytes: 0 });
  }

  /**
   * Opens an existing database.
   *
   * @throws {AgentError} `folder_unusable`, `failed` when it is damaged, `database_unusable` when a newer agent wrote it
   */
  static open(path: string, parts: readonly SchemaPart[]): QueueReader {
    const database = openDatabaseReadOnly(path, parts);
    try {
      return new QueueReader(path, database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** What it holds. */
  statistics(): QueueStatistics {
    return snapshot(this.#database, () => ({
      streams: {
        stateless: streamStatistics(this.#database, this.#store, "stateless"),
        stateful: streamStatistics(this.#database, this.#store, "stateful"),
      },
      ...fileStatistics(this.#database, lengthOf(`${this.#path}-wal`)),
    }));
  }

  /** Where the events of each stream are. */
  accounts(): Record<Stream, Account> {
    const { accounts } = this.#store;
    return { stateless: accounts.get("stateless"), stateful: accounts.get("stateful") };
  }

  /** What is wrong with it as far as a short look tells; `undefined` for nothing. */
  damage(): string | undefined {
    try {
      checkDatabase(this.#database, { largeTables: LARGE_TABLES });
    } catch (error) {
      if (isDamage(error)) return messageOf(error);
      throw error;
    }
    if (!new QueueMender(this.#store).isSound()) return "rows are not what they were";
    return snapshot(this.#database, () => {
      const stream = STREAMS.find((one) => this.#storedEvents(one) !== this.#queuedEvents(one));
      return stream &&
        `${this.#queuedEvents(stream)} events of stream ${stream} wait, and ${
          this.#storedEvents(stream)
        } are stored`;
    });
  }

  #storedEvents(stream: Stream): number {
    const sql = `SELECT coalesce(sum(events), 0) AS events FROM ${stream}_chunk`;
    return Number(this.#database.prepare(sql).get()?.events);
  }

  #queuedEvents(stream: Stream): number {
    return this.#store.accounts.get(stream).queued.events;
  }

  /** The events that are asked for, by stream, oldest first. */
  *events({ stream, ...query }: EventQuery = {}): Generator<QueuedEvent> {
    for (const one of stream === undefined ? STREAMS : [stream]) yield* this.#events(one, query);
  }

  /** The dead letters, oldest first. */
  letters(): Generator<LetterSummary> {
    return letters(this.#database);
  }

  /** A dead letter; `undefined` when there is none of that number. */
  letter(id: number): LetterSummary | undefined {
    return letter(this.#database, id);
  }

  /** The events of a dead letter, numbered from 1. */
  letterEvents(of: LetterSummary): Generator<QueuedEvent> {
    return letterEvents(this.#database, of);
  }

  /** Entries of the loss ledger whose last loss was at `sinceMs` or later, oldest first. */
  losses(sinceMs = 0): Generator<LedgerRow> {
    return losses(this.#database, sinceMs);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  *#events(
    stream: Stream,
    { after = 0, sinceMs = 0, module }: Omit<EventQuery, "stream">,
  ): Generator<QueuedEvent> {
    for (const chunk of new StoredChunks(this.#database, stream).all({ after, sinceMs })) {
      const { last_event, events, created_ms: stored_ms, lines, checksums } = chunk;
      const first_event = last_event - events + 1;
      const isIntact = checksums === null ? undefined : hasItsBytes(chunk, chunk);
      for (const event of eventsIn({ stream, first_event, stored_ms, lines, isIntact })) {
        if (event.event <= after) continue;
        if (module === undefined || sourceOf(event.header).module === module) yield event;
      }
    }
  }
}

function lengthOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
