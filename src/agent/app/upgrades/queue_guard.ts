/**
 * What was queued when this version made room for one on trial: that one must not cost it.
 *
 * Beside `agent.db`, which nobody has open at that moment, lies a copy of it for the time of the trial: `agent.db-before-trial`. A
 * queue that is gone afterwards, damaged, or has not all events that were ever taken in, is set aside under a dated name and the copy
 * put in its place. What the server got meanwhile it then gets once more, and what was read from files meanwhile is read again.
 *
 * A copy of more than {@linkcode MOST_COPIED_BYTES} would hold up the agent for too long: damage within such a file is mended as any
 * other. The file is held open too: so a large one can be had back when it was deleted, and its number is given to no other.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../../shared/errors.ts";
import { createOwnFile, requireOwnFile } from "../../../shared/files/private_file.ts";
import { setAside } from "../../../shared/sqlite/damage.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { MODULES } from "../../modules/modules.ts";
import { QueueReader } from "../../queue/inspection/queue_reader.ts";
import { STREAMS } from "../../queue/types.ts";
import type { Baseline } from "../../upgrade/trial_verdict.ts";
import { databaseParts } from "../queue/database_parts.ts";
import { databasePath } from "../queue/queue_settings.ts";

/** A few tenths of a second, which belong to the time that a hand-over takes. */
const MOST_COPIED_BYTES = 128 * 1024 * 1024;
const COPY = "-before-trial";

/** Events ever taken in, by stream. */
type Taken = Baseline["taken"];

/** Holds what was queued while another version is on trial. */
export class QueueGuard implements Disposable {
  readonly #path: string;
  #held: Deno.FsFile | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  /** To be called once the queue is closed, and before the other version is started. */
  static keep(
    { agent }: AgentConfig,
    { mostCopiedBytes = MOST_COPIED_BYTES } = {},
  ): QueueGuard {
    const path = databasePath(agent.path.data);
    const guard = new QueueGuard(path);
    try {
      guard.#keep(mostCopiedBytes);
    } catch (error) {
      // On a full disk there is no copy, and a trial all the same.
      getLogger(["agent", "upgrade"]).warn("The queue is not kept for the trial: {reason}", {
        reason: messageOf(error),
      });
      removeIfThere(path + COPY);
    }
    return guard;
  }

  /** What the other version has done to the queue, in words; `undefined` when it has all that it had. */
  problem(taken: Taken): string | undefined {
    const isReplaced = this.#held !== undefined && existsSync(this.#path) &&
      !isSameFile(this.#held, this.#path);
    return isReplaced ? "the queue was replaced by another file" : problemOf(this.#path, taken);
  }

  /** The other version goes on with the queue. */
  drop(): void {
    removeIfThere(this.#path + COPY);
  }

  /** Has the next start find a queue that was deleted, or was replaced by another file, which may have as many events. */
  bringBack({ nowMs }: { nowMs: number }): void {
    const held = this.#held;
    if (held === undefined || isSameFile(held, this.#path)) return;
    setAside(this.#path, nowMs);
    if (existsSync(this.#path + COPY)) return;
    createOwnFile(this.#path + COPY);
    using copy = Deno.openSync(this.#path + COPY, { write: true, truncate: true });
    copyAll(held, copy);
    copy.syncSync();
  }

  [Symbol.dispose](): void {
    this.#held?.close();
    this.#held = undefined;
  }

  #keep(mostCopiedBytes: number): void {
    requireOwnFile(this.#path);
    const { size } = Deno.statSync(this.#path);
    this.#held = Deno.openSync(this.#path);
    if (size > mostCopiedBytes) return;
    createOwnFile(this.#path + COPY);
    Deno.copyFileSync(this.#path, this.#path + COPY);
  }
}

/**
 * Ends what a {@linkcode QueueGuard} left, before the queue is opened: the copy is put in the place of a queue that a version on
 * trial has spoilt, unless that version is in use now.
 *
 * @returns where the spoilt queue is now and what was wrong with it; `undefined` when all is well
 * @throws what the file system says
 */
export function settleGuard(
  { agent }: AgentConfig,
  { isInUse, nowMs }: { isInUse: boolean; nowMs: number },
): string | undefined {
  const path = databasePath(agent.path.data);
  const copy = path + COPY;
  if (!existsSync(copy)) return undefined;
  requireOwnFile(copy);
  const problem = isInUse ? undefined : problemAgainst(path, copy);
  // Looking into the copy has made these.
  for (const suffix of ["-wal", "-shm"]) removeIfThere(copy + suffix);
  if (problem === undefined) {
    removeIfThere(copy);
    return undefined;
  }
  const aside = setAside(path, nowMs);
  removeIfThere(`${path}-open`);
  Deno.renameSync(copy, path);
  return `${problem}; it is set aside as "${aside}"`;
}

function problemAgainst(path: string, copy: string): string | undefined {
  try {
    using reader = openReader(copy);
    const { stateless, stateful } = reader.accounts();
    const taken = { stateless: stateless.taken.events, stateful: stateful.taken.events };
    return problemOf(path, taken);
  } catch {
    // A copy that was cut off is worth nothing.
    return undefined;
  }
}

function problemOf(path: string, taken: Taken): string | undefined {
  if (!existsSync(path)) return "the queue is gone";
  try {
    using reader = openReader(path);
    const accounts = reader.accounts();
    const isSmaller = STREAMS.some((stream) => accounts[stream].taken.events < taken[stream]);
    if (isSmaller) return "the queue does not have all events that were stored";
    const damage = reader.damage();
    return damage && `the queue is damaged: ${damage}`;
  } catch (error) {
    return `the queue cannot be read: ${messageOf(error)}`;
  }
}

function copyAll(from: Deno.FsFile, to: Deno.FsFile): void {
  from.seekSync(0, Deno.SeekMode.Start);
  const buffer = new Uint8Array(1024 * 1024);
  for (;;) {
    const read = from.readSync(buffer);
    if (read === null) return;
    for (let at = 0; at < read;) at += to.writeSync(buffer.subarray(at, read));
  }
}

function openReader(path: string): QueueReader {
  return QueueReader.open(path, databaseParts(MODULES));
}

function isSameFile(held: Deno.FsFile, path: string): boolean {
  const { dev, ino } = held.statSync();
  try {
    const there = Deno.lstatSync(path);
    return there.dev === dev && there.ino === ino;
  } catch {
    return false;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
