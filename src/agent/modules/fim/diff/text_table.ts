/**
 * Texts as they were told last, so that changes can be told by line. Compressed, within a bound on all of them together.
 *
 * @module
 */

import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";

/** Most bytes of all texts together. */
const MAX_BYTES = 100 * 1024 * 1024;

/** The table in an open transaction. */
export class TextTable {
  readonly #database: DatabaseSync;
  readonly #maxBytes: number;

  constructor(database: DatabaseSync, maxBytes = MAX_BYTES) {
    this.#database = database;
    this.#maxBytes = maxBytes;
  }

  get(key: string): string | undefined {
    const row = this.#database.prepare("SELECT text FROM fim_text WHERE key = ?").get(key);
    return row && inflateRawSync(row.text as Uint8Array).toString();
  }

  /** Keeps a text in the place of the one before. False when there is no room for it: then none is kept. */
  put(key: string, text: string): boolean {
    const packed = deflateRawSync(Buffer.from(text));
    this.remove(key);
    if (this.bytes() + packed.length > this.#maxBytes) return false;
    this.#database.prepare("INSERT INTO fim_text (key, text) VALUES (?, ?)").run(key, packed);
    return true;
  }

  remove(key: string): void {
    this.#database.prepare("DELETE FROM fim_text WHERE key = ?").run(key);
  }

  /** Bytes of all texts. */
  bytes(): number {
    const row = this.#database.prepare("SELECT sum(length(text)) AS bytes FROM fim_text").get();
    return Number(row?.bytes ?? 0);
  }
}
