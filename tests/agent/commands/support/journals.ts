/**
 * Journals for tests: over the real queue, with what it would send told in plain words.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { Journal } from "../../../../src/agent/commands/journal.ts";
import { readNewestEntries } from "../../../../src/agent/commands/journal_store.ts";
import { openDatabaseReadOnly } from "../../../../src/agent/queue/database.ts";
import type { Queue } from "../../../../src/agent/queue/queue.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { openQueue, roomy, TempFolder } from "../../../support/queues.ts";
import type { JournalEntry } from "../../../../src/shared/protocol/commands.ts";

type JournalOptions = ConstructorParameters<typeof Journal>[0];

/** A result as a server reads it. */
export interface SentResult {
  id: string;
  code: number;
  message: string;
  data: string;
}

/** A data folder and the agent's process on it, which can end and begin again. */
export class JournalScene implements Disposable {
  readonly folder = new TempFolder();
  readonly clock = new MemoryClock();
  readonly #options: Partial<JournalOptions>;
  queue: Queue;
  journal: Journal;

  constructor(options: Partial<JournalOptions> = {}) {
    this.#options = options;
    this.queue = this.#open();
    this.journal = this.#newJournal();
  }

  /** The next process: all that the one before had in memory is gone. */
  reopen(): void {
    this.queue.close();
    this.queue = this.#open();
    this.journal = this.#newJournal();
  }

  /** The journal as another process sees it, oldest first. */
  rows(): JournalEntry[] {
    return readRows(this.folder);
  }

  /** Changes rows as nobody but a disk would. */
  change(statement: string): void {
    using database = new DatabaseSync(this.folder.file("agent.db"));
    database.exec(statement);
  }

  /** The state of one command, for short. */
  state(id: string): string | undefined {
    return this.rows().find(({ document_id }) => document_id === id)?.state;
  }

  /** Takes the queued results as a server would, and acknowledges them. */
  async sent(): Promise<SentResult[]> {
    return (await this.told()).filter(({ code }) => code !== 2);
  }

  /** The same, with what says that a command has begun. */
  async told(): Promise<SentResult[]> {
    const batch = await this.queue.claim("stateful", {
      limits: roomy,
      encoding: "identity",
      agent_line: "{}",
    });
    if (batch === undefined) return [];
    const results = allResultsIn(this.queue.body(batch));
    await this.queue.acknowledge(batch, { status: 200 });
    return results;
  }

  [Symbol.dispose](): void {
    this.queue.close();
    this.folder[Symbol.dispose]();
  }

  #open(): Queue {
    return openQueue(this.folder, { now: () => this.clock.now(), durability: "normal" });
  }

  #newJournal(): Journal {
    const timeouts = { defaultMs: 60_000, maxMs: 3_600_000 };
    return new Journal({ queue: this.queue, clock: this.clock, timeouts, ...this.#options });
  }
}

/** The journal in a data folder as another process sees it, oldest first. */
export function readRows(folder: TempFolder): JournalEntry[] {
  const database = openDatabaseReadOnly(folder.file("agent.db"));
  try {
    return readNewestEntries(database, 1_000_000).reverse();
  } finally {
    database.close();
  }
}

/** A command as the server sends it. */
export function order(id: string, name = "work", args: unknown = {}, timeout = 10): object {
  return { document_id: id, action: { name, args }, timeout };
}

/** The results in the body of a request; that a command has begun (code 2) is none. */
export function resultsIn(body: Uint8Array): SentResult[] {
  return allResultsIn(body).filter(({ code }) => code !== 2);
}

/** What is told of commands in the body of a request, also that one has begun. */
function allResultsIn(body: Uint8Array): SentResult[] {
  const [, ...lines] = new TextDecoder().decode(body).split("\n").map((line) => JSON.parse(line));
  const results: SentResult[] = [];
  for (let at = 0; at < lines.length; at += 2) {
    results.push({ id: lines[at].id, ...lines[at + 1].command.result });
  }
  return results;
}
