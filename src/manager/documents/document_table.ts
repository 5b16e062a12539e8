/**
 * The documents of agents: what their machines have, as their stateful events say it. The event that comes last wins.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BucketDigests, bucketOf, documentDigest } from "../../shared/states/document_digest.ts";

/** What a stateful event does to a document. */
export interface DocumentChange {
  module: string;
  /** Empty when the event named none. */
  collector: string;
  id: string;
  operation: "create" | "update" | "delete";
  /** The data line and what it means; missing for a delete. */
  text?: string;
  data?: Readonly<Record<string, unknown>>;
}

/** A document. */
export interface StoredDocument {
  module: string;
  collector: string;
  id: string;
  /** Milliseconds since 1970. */
  updatedAtMs: number;
  /** JSON text. */
  text: string;
}

/** A place in the order of an agent's documents. */
export type DocumentPlace = Pick<StoredDocument, "module" | "collector" | "id">;

/** Which documents are listed. */
interface DocumentQuery {
  agentId: string;
  module?: string;
  collector?: string;
  limit: number;
  after?: DocumentPlace;
}

/** How many documents a collector has. */
interface DocumentCount {
  module: string;
  collector: string;
  documents: number;
}

/** Modules whose stateful events are messages: nothing is kept of them. */
const MESSAGES: ReadonlySet<string> = new Set(["agent", "command"]);

/** The table of documents. Methods that write belong inside a transaction. */
export class DocumentTable {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #digests: StatementSync;
  readonly #list: StatementSync;
  readonly #counts: StatementSync;
  readonly #total: StatementSync;
  readonly #count: StatementSync;
  readonly #forget: readonly StatementSync[];

  constructor(db: DatabaseSync) {
    const whole = "agent_id = ? AND module = ? AND collector = ? AND id = ?";
    this.#insert = db.prepare(
      `INSERT INTO documents (digest, data, updated_at, agent_id, module, collector, id)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = db.prepare(
      `UPDATE documents SET digest = ?, data = ?, updated_at = ? WHERE ${whole}`,
    );
    this.#delete = db.prepare(`DELETE FROM documents WHERE ${whole}`);
    this.#digests = db.prepare(
      "SELECT id, digest FROM documents WHERE agent_id = ? AND module = ? AND collector = ?",
    );
    this.#list = db.prepare(
      `SELECT module, collector, id, data, updated_at FROM documents
       WHERE agent_id = ? AND (module, collector, id) > (?, ?, ?)
         AND (? IS NULL OR module = ?) AND (? IS NULL OR collector = ?)
       ORDER BY module, collector, id LIMIT ?`,
    );
    this.#counts = db.prepare(
      `SELECT module, collector, documents FROM document_counts
       WHERE agent_id = ? AND documents > 0 ORDER BY module, collector`,
    );
    this.#total = db.prepare("SELECT coalesce(sum(documents), 0) AS total FROM document_counts");
    this.#count = db.prepare(
      `INSERT INTO document_counts (agent_id, module, collector, documents) VALUES (?, ?, ?, ?)
       ON CONFLICT (agent_id, module, collector) DO UPDATE
         SET documents = documents + excluded.documents`,
    );
    this.#forget = ["documents", "document_counts"]
      .map((table) => db.prepare(`DELETE FROM ${table} WHERE agent_id = ?`));
  }

  /** Makes changes, in order. What is to be created or updated is written whether it is there or not. */
  apply(agentId: string, changes: readonly DocumentChange[], nowMs: number): void {
    for (const change of changes) {
      if (!MESSAGES.has(change.module)) this.#apply(agentId, change, nowMs);
    }
  }

  /** An agent's documents in the order of module, collector and id. */
  list(query: DocumentQuery): StoredDocument[] {
    const { agentId, limit } = query;
    const [module, collector] = [query.module ?? null, query.collector ?? null];
    const from = query.after ?? { module: module ?? "", collector: "", id: "" };
    const rows = this.#list.all(
      agentId,
      from.module,
      from.collector,
      from.id,
      module,
      module,
      collector,
      collector,
      limit,
    );
    return rows.map((row) => ({
      module: String(row.module),
      collector: String(row.collector),
      id: String(row.id),
      updatedAtMs: Number(row.updated_at),
      text: String(row.data),
    }));
  }

  /** How many documents each collector of an agent has. */
  counts(agentId: string): DocumentCount[] {
    return this.#counts.all(agentId) as unknown as DocumentCount[];
  }

  /** Documents of all agents. */
  total(): number {
    return Number(this.#total.get()?.total);
  }

  /** The digests of a collector's buckets, in hex. */
  digests(agentId: string, source: { module: string; collector: string }): string[] {
    const buckets = new BucketDigests();
    for (const { id, digest } of this.#digestsOf(agentId, source)) buckets.add(id, digest);
    return buckets.toHex();
  }

  /** What is in some buckets of a collector: id to digest in hex, by bucket; at most about `limit` documents, whole buckets. */
  documentsIn(
    agentId: string,
    source: { module: string; collector: string },
    { buckets, limit }: { buckets: readonly number[]; limit: number },
  ): Record<string, Record<string, string>> {
    const found = new Map(buckets.map((bucket) => [bucket, {} as Record<string, string>]));
    for (const { id, digest } of this.#digestsOf(agentId, source)) {
      const known = found.get(bucketOf(id));
      if (known !== undefined) known[id] = hex(digest);
    }
    let total = 0;
    const fitting = [...found].filter(([, known], index) =>
      (total += Object.keys(known).length) <= limit || index === 0
    );
    return Object.fromEntries(fitting);
  }

  /** Forgets an agent. */
  forget(agentId: string): void {
    for (const statement of this.#forget) statement.run(agentId);
  }

  #apply(agentId: string, change: DocumentChange, nowMs: number): void {
    const { module, collector, id, operation, text = "", data = {} } = change;
    const key = [agentId, module, collector, id] as const;
    const count = (added: number) => this.#count.run(agentId, module, collector, added);
    if (operation === "delete") {
      if (this.#delete.run(...key).changes > 0) count(-1);
      return;
    }
    const row = [documentDigest(data), text, nowMs, ...key] as const;
    if (this.#update.run(...row).changes > 0) return;
    this.#insert.run(...row);
    count(1);
  }

  /** Row by row: an agent may have a million. */
  #digestsOf(agentId: string, { module, collector }: { module: string; collector: string }) {
    return this.#digests.iterate(agentId, module, collector) as unknown as Iterable<
      { id: string; digest: Uint8Array }
    >;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
