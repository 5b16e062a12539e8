/**
 * Opens `agent.db`: the queue, the batches, the checkpoints, and the tables of other parts of the agent. The identity is elsewhere,
 * on purpose: a damaged queue never costs it.
 *
 * Write-ahead log; `synchronous = FULL` makes a commit survive a power cut, NORMAL only a crash of the process.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { createOwnFile, requireOwnFile } from "../../shared/files/private_file.ts";
import { checkDatabase, DamagedDatabaseError, isDamage } from "../../shared/sqlite/damage.ts";
import { userVersionOf } from "../../shared/sqlite/migrate.ts";
import {
  finishReplacement,
  replaceDamaged,
  type Salvaged,
} from "../../shared/sqlite/salvage/replace.ts";
import { type LogContents, readLog } from "../../shared/sqlite/salvage/write_ahead_log.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import {
  type Durability,
  openDatabaseFile,
  openDatabaseFileReadOnly,
} from "../../shared/sqlite/open.ts";
import type { SchemaPart } from "../../shared/sqlite/schema.ts";
import { requireNewestSchema } from "../../shared/sqlite/whole_schema.ts";
import { isDiskFull, spaceHint } from "../platform/disk_full.ts";
import { QueueMender } from "./queue_mender.ts";
import { QueueStore } from "./queue_store.ts";
import { databaseSchema } from "./schema.ts";

/** Options of {@linkcode openDatabase}. */
interface OpenOptions {
  durability: Durability;
  /** Tables that live beside the queue's own. */
  parts: readonly SchemaPart[];
  /** Wall clock in milliseconds, for the name of a damaged database that is set aside. */
  now: () => number;
  maxDeadLetterBytes: number;
  /** Called once all is known of the files, before SQLite opens them. */
  beforeOpen: () => void;
}

/** What was wrong with a database, and where it is now. */
export interface FoundDamage {
  reason: string;
  /** `undefined` when the file itself is in use still, such as after the loss of its log. */
  set_aside_as: string | undefined;
  /** Events that could not be read, of both streams. */
  lost_events: number;
}

/** An open database, and what was wrong with it. */
export interface OpenedDatabase {
  database: DatabaseSync;
  damaged?: FoundDamage;
}

/** Tables that can be too large to be checked at every start, or to be copied to a nearly full disk. */
export const LARGE_TABLES = ["dead_letter", "stateful_chunk", "stateless_chunk"];

/** Says of a database that it is in use: then its log must be there at the next start. */
const IN_USE = "-open";

/** Bytes; SQLite takes a shorter file for an empty one. */
const SMALLEST_PAGE = 512;

/** Where the header of a file says how it is written: 1 with a journal, 2 with a write-ahead log. */
const WRITE_VERSION = 18;

/** Room that an agent keeps on the disk: see `disk_reserve.ts`. */
const RESERVE = "-reserve";

/** Reason in the loss ledger. */
const DAMAGED = "queue damaged";

/**
 * Opens the database at `path`, or makes it; an older one is upgraded. Of a damaged one everything that can be read is kept: it is
 * set aside under a dated name, and a new one made of that. What was lost stands in the loss ledger.
 *
 * @param known damage that was found while it was open
 * @throws {AgentError} `folder_unusable` when the file cannot be opened or written, `database_unusable` when a newer agent wrote it
 */
export function openDatabase(path: string, options: OpenOptions, known?: unknown): OpenedDatabase {
  try {
    // A kill between two renames of an earlier replacement leaves the new file under its working name.
    finishReplacement(path, options.now());
    const log = readLog(path);
    // Found while it was open: another look at a file that seems sound would only lose time.
    if (known !== undefined) return replace(path, options, { log, error: known });
    try {
      if (log.damage !== undefined) throw new DamagedDatabaseError(log.damage);
      const ofHeader = damageOfHeader(path);
      if (ofHeader !== undefined) throw new DamagedDatabaseError(ofHeader);
      const lost = lossOfLog(path, log);
      // An attempt that fails, as on a full disk, closes it, and its log goes then although nothing is lost.
      if (lost === undefined) markInUse(path, false);
      // With the log gone the file is whole and only older: what is missing is told, and nothing is set aside.
      return openSound(path, options, lost);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return replace(path, options, { log, error });
    }
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/**
 * Looks at every name that {@linkcode openDatabase} and the reserve open, before the first is opened.
 *
 * @throws {AgentError} `folder_unusable` when a link or the like stands at one of them
 */
export function requireOwnFiles(path: string): void {
  for (const suffix of ["", "-shm", IN_USE, ".salvaging", ".salvaged"]) {
    requireOwnFile(path + suffix);
  }
  // One file may be both: see DiskReserve.takeOverLog.
  for (const suffix of ["-wal", RESERVE]) requireOwnFile(path + suffix, { maxNames: 2 });
}

/** Notes that the database at `path` is in use, or no longer. */
export function markInUse(path: string, inUse: boolean): void {
  try {
    if (inUse) createOwnFile(path + IN_USE);
    else Deno.removeSync(path + IN_USE);
  } catch {
    // Only the next start would miss it, and only if the log were removed before.
  }
}

/**
 * Opens the database only to look at it, also while an agent uses it, and also when it is of an older version that no agent has
 * upgraded yet.
 *
 * @throws {AgentError} `folder_unusable` when it cannot be opened, `database_unusable` when a newer agent wrote it, `failed` when it is damaged
 */
export function openDatabaseReadOnly(
  path: string,
  parts: readonly SchemaPart[] = [],
): DatabaseSync {
  try {
    return openDatabaseFileReadOnly(path, databaseSchema(parts));
  } catch (error) {
    if (isDamage(error)) {
      throw new AgentError("failed", `Queue "${path}" is damaged: ${messageOf(error)}`, {
        hint: "start the agent: it keeps what can be read and sets the file aside",
      });
    }
    throw cannotOpen(path, error);
  }
}

/**
 * Whether there is a database at `path`, with its tables: while an agent starts for the first time there are none yet. Anything else
 * that stands there counts as one: whoever opens it says what is wrong.
 */
export function databaseExists(path: string): boolean {
  try {
    // A folder in its place: the caller is to hear about it when it opens it.
    if (!Deno.statSync(path).isFile) return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return userVersionOf(database) > 0;
    } finally {
      database.close();
    }
  } catch {
    // Whoever opens it to read will say what is wrong.
    return true;
  }
}

function open(path: string, { durability, parts, beforeOpen }: OpenOptions): DatabaseSync {
  beforeOpen();
  // Space that an outage needed is given back: see free_space.ts.
  return openDatabaseFile(path, { schema: databaseSchema(parts), durability, shrinkable: true });
}

/** Opens a file after a look for damage; with `lostLog`, commits are missing at its end, and the ledger says so. */
function openSound(
  path: string,
  options: OpenOptions,
  lostLog: string | undefined,
): OpenedDatabase {
  const database = open(path, options);
  try {
    const wholly = lostLog !== undefined;
    checkDatabase(database, { largeTables: LARGE_TABLES, wholly });
    // The stores' statements name columns that only the newest schema has.
    requireNewestSchema(database, databaseSchema(options.parts));
    const mender = new QueueMender(new QueueStore(database, options));
    if (lostLog === undefined && mender.isSound()) return { database };
    const reason = lostLog ?? "rows are not what they were";
    const note = { reason: DAMAGED, detail: reason, now_ms: options.now() };
    const lost = transaction(database, () => mender.mendAll(note, { always: true }));
    return { database, damaged: { reason, set_aside_as: undefined, lost_events: lost.events } };
  } catch (error) {
    database.close();
    throw error;
  }
}

function replace(
  path: string,
  options: OpenOptions,
  { log, error }: { log: LogContents; error: unknown },
): OpenedDatabase {
  const schema = databaseSchema(options.parts);
  const now_ms = options.now();
  let lost_events = 0;
  const mend = (database: DatabaseSync, { setAsideAs, lost }: Salvaged) => {
    const mender = new QueueMender(new QueueStore(database, options));
    const note = { reason: DAMAGED, detail: setAsideAs, now_ms };
    lost_events = transaction(database, () => {
      mender.recordLostPieces(lost, note);
      return mender.mendAll(note, { always: true });
    }).events;
  };
  const set_aside_as = replaceDamaged(path, {
    schema,
    log,
    largeTables: LARGE_TABLES,
    nowMs: now_ms,
    mend,
  });
  const damaged = { reason: messageOf(error), set_aside_as, lost_events };
  return { database: open(path, options), damaged };
}

/** Says what is wrong with the write-ahead log of a database that nobody has open; SQLite itself never says so. */
export function damageOfLog(path: string): string | undefined {
  const log = readLog(path);
  return log.damage ?? lossOfLog(path, log);
}

/** Says how it is known that the newest commits are gone with the log. */
function lossOfLog(path: string, log: LogContents): string | undefined {
  const isMissing = existsSync(path) && existsSync(path + IN_USE) && !existsSync(`${path}-wal`);
  return isMissing ? "the write-ahead log was removed" : log.missing;
}

/**
 * What SQLite does not call damage: a file without a page is a new one for it (but an agent that has kept room on the disk has had
 * a database), and one whose header names a way of writing that it does not know can only be read.
 */
function damageOfHeader(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  // A first start makes an empty file too, but has no reserve yet.
  if (size === 0) return existsSync(path + RESERVE) ? "the file is empty" : undefined;
  if (size < SMALLEST_PAGE) return "the file ends in its first page";
  const header = new Uint8Array(WRITE_VERSION + 1);
  file.readSync(header);
  return (header[WRITE_VERSION] ?? 0) > 2 ? "its header says that it cannot be written" : undefined;
}

/** The error for a database that cannot be opened. */
export function cannotOpen(path: string, error: unknown): Error {
  if (error instanceof AgentError) return error;
  return new AgentError("folder_unusable", `Cannot open queue "${path}": ${messageOf(error)}`, {
    cause: error,
    hint: isDiskFull(error)
      ? spaceHint(dirname(path))
      : "check that the folder of agent.path.data exists and that this user may write to it",
  });
}
