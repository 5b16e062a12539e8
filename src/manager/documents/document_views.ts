/**
 * Documents as people look at them: what changed last, and how the checks of a machine came out.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A file that changed. */
export interface ChangedFile {
  /** `null` when the document names none. */
  path: string | null;
  /** Milliseconds since 1970. */
  updatedAtMs: number;
}

/** How many checks of a policy came out how, by the words of the documents. */
export interface PolicyResults {
  policy: string;
  results: Record<string, number>;
}

/** Reads documents. */
export class DocumentViews {
  readonly #changedFiles: StatementSync;
  readonly #checks: StatementSync;

  constructor(db: DatabaseSync) {
    this.#changedFiles = db.prepare(
      `SELECT data ->> '$.file.path' AS path, updated_at FROM documents
       WHERE agent_id = ? AND module = 'fim' ORDER BY updated_at DESC LIMIT ?`,
    );
    this.#checks = db.prepare(
      `SELECT coalesce(data ->> '$.policy.name', data ->> '$.policy.id', '') AS policy,
         coalesce(data ->> '$.check.result', '') AS result, count(*) AS checks
       FROM documents WHERE agent_id = ? AND module = 'sca' GROUP BY policy, result ORDER BY policy`,
    );
  }

  /** The files of an agent that changed last, newest first. */
  changedFiles(agentId: string, limit: number): ChangedFile[] {
    return this.#changedFiles.all(agentId, limit).map(({ path, updated_at }) => ({
      path: path === null ? null : String(path),
      updatedAtMs: Number(updated_at),
    }));
  }

  /** How the checks of an agent's machine came out, by policy. */
  policies(agentId: string): PolicyResults[] {
    const policies = new Map<string, Record<string, number>>();
    for (const { policy, result, checks } of this.#checks.all(agentId)) {
      const results = policies.get(String(policy)) ?? {};
      results[String(result)] = Number(checks);
      policies.set(String(policy), results);
    }
    return [...policies].map(([policy, results]) => ({ policy, results }));
  }
}
