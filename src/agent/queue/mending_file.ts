/**
 * The queue's file, replaced in the middle of the work when it turns out to be damaged: whoever reads or writes tries once more and goes on.
 *
 * @module
 */

import { isDamage } from "../../shared/sqlite/damage.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Amount } from "../../shared/protocol/stored_events.ts";
import { DamagedEventsError } from "./chunk_store.ts";
import type { FoundDamage } from "./database.ts";
import { QueueFile } from "./queue_file.ts";
import { QueueMender } from "./queue_mender.ts";
import type { QueueOptions } from "./queue_options.ts";
import type { QueueStore } from "./queue_store.ts";

/** A disk that damages the file again and again is not worked around for ever. */
const MAX_REPLACEMENTS = 5;

/** Holds the file that is in use. */
export class MendingFile {
  readonly #options: QueueOptions;
  #file: QueueFile;
  #damaged: FoundDamage | undefined;
  #replacements = 0;

  constructor(file: QueueFile, options: QueueOptions) {
    this.#file = file;
    this.#options = options;
    this.#damaged = file.damaged;
  }

  /** The file in use now. */
  get current(): QueueFile {
    return this.#file;
  }

  /** What was wrong with it last. */
  get damaged(): FoundDamage | undefined {
    return this.#damaged;
  }

  /** Reads, and once more after damage was mended. */
  read<T>(look: (store: QueueStore) => T): T {
    try {
      return look(this.#file.store);
    } catch (error) {
      if (!this.repair(error)) throw error;
      return look(this.#file.store);
    }
  }

  /** Mends what made a statement fail. True when it is worth another try. Belongs between two transactions. */
  repair(error: unknown): boolean {
    if (error instanceof DamagedEventsError) {
      const lost = this.#mendEvents(error);
      this.#tell({ reason: error.message, set_aside_as: undefined, lost_events: lost.events });
      return true;
    }
    if (!isDamage(error) || this.#replacements >= MAX_REPLACEMENTS) return false;
    this.#replacements++;
    try {
      this.#file = this.#file.salvaged(error);
    } catch (failure) {
      this.#options.onDamage?.(failure);
      return false;
    }
    if (this.#file.damaged) this.#tell(this.#file.damaged);
    return true;
  }

  #mendEvents({ stream, range, message }: DamagedEventsError): Amount {
    const { store, database } = this.#file;
    const note = { reason: "queue damaged", detail: message, now_ms: this.#options.now() };
    return transaction(database, () => new QueueMender(store).mendRange(stream, range, note));
  }

  #tell(damage: FoundDamage): void {
    this.#damaged = damage;
    this.#options.onMended?.(damage);
  }
}
