/**
 * What a manager that was alone has kept in its data folder: its database is opened as at a start, so that no manager uses it
 * meanwhile, and only read.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Row } from "../../commands/order.ts";
import { openDatabase } from "../../database.ts";
import { KeyFile } from "../../stores/single/key_file.ts";
import type { StoredKey } from "../../stores/token_keys.ts";
import { systemClock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";

/** How much there is of everything. */
export interface SourceCounts {
  agents: number;
  enrollment_tokens: number;
  token_keys: number;
  states: number;
  requests: number;
  open_orders: number;
  finished_orders: number;
  files: number;
  releases: number;
  rollouts: number;
  /** Ids of batches that were accepted. */
  batch_ids: number;
  /** Batches whose events are kept. */
  batches: number;
  documents: number;
}

const COUNTS = {
  agents: "SELECT count(*) AS n FROM agents",
  enrollment_tokens: "SELECT count(*) AS n FROM enrollment_tokens",
  states: "SELECT count(*) AS n FROM agent_states WHERE state <> 'never_connected'",
  requests: "SELECT count(DISTINCT request_id) AS n FROM order_commands",
  open_orders: "SELECT count(*) AS n FROM orders WHERE finished_at IS NULL",
  finished_orders: `SELECT (SELECT count(*) FROM orders WHERE finished_at IS NOT NULL)
    + (SELECT count(*) FROM orders_archive) AS n`,
  batch_ids: "SELECT count(*) AS n FROM answers",
  batches: "SELECT count(*) AS n FROM event_groups",
  documents: "SELECT count(*) AS n FROM documents",
  rollouts: "SELECT count(*) AS n FROM rollouts",
} as const;

/** Each changes with anything that a manager does. */
const SIGNS = [
  "SELECT prefix, last_request FROM order_numbering",
  "SELECT name, value FROM counters ORDER BY name",
  "SELECT count(*), max(registered_at) FROM agents",
  "SELECT count(*), sum(uses_left) FROM enrollment_tokens",
  "SELECT count(*), sum(due_at), sum(offers) FROM orders",
  "SELECT count(*), sum(due_at) FROM orders_archive",
  "SELECT count(*), sum(since), sum(last_sign_at) FROM agent_states",
  "SELECT count(*), max(updated_at) FROM documents",
  "SELECT count(*), sum(changed_at) FROM rollouts",
] as const;

/** A data folder. */
export class SingleManager implements Disposable {
  readonly database: DatabaseSync;
  readonly #folder: string;

  private constructor(folder: string, database: DatabaseSync) {
    this.#folder = folder;
    this.database = database;
  }

  /** @throws AgentError when the folder is none of a manager, or a manager uses it */
  static open(folder: string): SingleManager {
    const path = join(folder, "manager.db");
    if (isFile(path)) return new SingleManager(folder, openDatabase(path));
    throw new AgentError("failed", `"${folder}" is no data folder of a manager: no manager.db`, {
      hint: "name the folder that the manager was started with (manager.data_dir)",
    });
  }

  /** What its order ids begin with: random, so it names the manager. */
  get prefix(): string {
    return String(this.database.prepare("SELECT prefix FROM order_numbering").get()?.prefix);
  }

  /** Tells this state of the manager from one that it was in before or will be in later. */
  fingerprint(): string {
    const signs = SIGNS.map((sql) => this.database.prepare(sql).all());
    return createHash("sha256").update(JSON.stringify(signs)).digest("hex");
  }

  rows(sql: string, ...values: string[]): Iterable<Row> {
    return this.database.prepare(sql).iterate(...values);
  }

  /** Newest last. */
  tokenKeys(): Promise<StoredKey[]> {
    return new KeyFile(join(this.#folder, "token_key.json"), systemClock).all();
  }

  /** Names of the files for agents. */
  files(): string[] {
    return this.#namesIn("files").filter((name) => !name.endsWith(".new"));
  }

  /** Files that agents download, those that others name first. */
  releases(): { name: string; path: string }[] {
    const isManifest = (name: string) => name.endsWith(".json") ? 1 : 0;
    return this.#namesIn("releases")
      .sort((one, other) => isManifest(one) - isManifest(other))
      .map((name) => ({ name, path: join(this.#folder, "releases", name) }));
  }

  readFile(name: string): Promise<Uint8Array> {
    return Deno.readFile(join(this.#folder, "files", name));
  }

  async counts(): Promise<SourceCounts> {
    const count = (sql: string) => Number(this.database.prepare(sql).get()?.n);
    const counted = Object.fromEntries(
      Object.entries(COUNTS).map(([what, sql]) => [what, count(sql)]),
    ) as Record<keyof typeof COUNTS, number>;
    const token_keys = (await this.tokenKeys()).length;
    const [files, releases] = [this.files().length, this.releases().length];
    return { ...counted, token_keys, files, releases };
  }

  /** What a cluster does not keep, in words; empty for nothing. */
  leftBehind(): string[] {
    const waiting = Number(
      this.database.prepare("SELECT count(*) AS n FROM nats_outbox").get()?.n,
    );
    if (waiting === 0) return [];
    return [`${waiting} messages that wait for NATS: only this manager sends them`];
  }

  [Symbol.dispose](): void {
    this.database.close();
  }

  /** Names of the files of a folder; what is hidden is not whole yet. */
  #namesIn(folder: string): string[] {
    try {
      return [...Deno.readDirSync(join(this.#folder, folder))]
        .filter(({ name, isFile }) => isFile && !name.startsWith("."))
        .map(({ name }) => name).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
