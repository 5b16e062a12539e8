/**
 * Goes on in the compressed files that became of remembered ones.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { AbsentFile } from "./absent_files.ts";
import { compressedBeside, unpack } from "./compressed_files.ts";
import { reasonOf } from "./file_system.ts";
import { FileTail } from "./file_tail.ts";
import type { PendingGroup } from "./pending_group.ts";
import type { TailSet } from "./tail_set.ts";

/** Finds and unpacks them. */
export class Unpacker {
  readonly #set: TailSet;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);

  constructor(set: TailSet) {
    this.#set = set;
  }

  /** Goes on in the compressed files that became of remembered ones. */
  async unpackMissed(group: PendingGroup, nowMs: number, signal: AbortSignal): Promise<void> {
    for (const { key, checkpoint } of this.#set.absent.missed) {
      if (checkpoint.offset === 0 || !this.#set.options.finder.covers(checkpoint.log)) continue;
      for (const path of compressedBeside(checkpoint)) {
        const tail = await this.#unpack(path, { key, checkpoint }, { nowMs, signal });
        if (!tail) continue;
        this.#set.absent.drop(key);
        this.#set.add(tail, group);
        break;
      }
    }
  }

  async #unpack(
    path: string,
    { key, checkpoint }: Pick<AbsentFile, "key" | "checkpoint">,
    { nowMs, signal }: { nowMs: number; signal: AbortSignal },
  ): Promise<FileTail | undefined> {
    try {
      using packed = this.#set.options.finder.links.open(path);
      const file = await unpack(packed, checkpoint, signal);
      if (!file) return undefined;
      using opened = new DisposableStack();
      const { log, path: reported, real, order, dev, ino, born_ms } = checkpoint;
      const known = { key, identity: { dev, ino, born_ms } };
      const setup = {
        log,
        path: reported,
        real,
        order,
        known,
        nowMs,
        options: this.#set.options.tail,
      };
      const tail = opened.use(new FileTail(file, path, setup));
      if (!tail.resume(checkpoint)) return undefined;
      opened.move();
      this.#log.info("{path} was compressed to {packed} and is read there", {
        path: reported,
        packed: path,
      });
      return tail;
    } catch (error) {
      signal.throwIfAborted();
      this.#log.warn("Cannot unpack {path}: {reason}", { path, reason: reasonOf(error) });
      return undefined;
    }
  }
}
