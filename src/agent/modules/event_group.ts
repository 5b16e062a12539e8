/**
 * Events that are gathered until they are worth a commit.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { EncodedRun } from "../../shared/protocol/encoded_events.ts";

/** A commit costs the same for one event as for these. */
const MAX_BYTES = 512 * 1_024;

/** Gathers encoded events. */
export class EventGroup {
  #texts: string[] = [];
  #characters = 0;

  /** How many there are. */
  get size(): number {
    return this.#texts.length;
  }

  /** Whether no more should be added. */
  get isFull(): boolean {
    return this.#characters >= MAX_BYTES;
  }

  /** Adds an encoded event: see `event_encoder.ts`. */
  add(event: string): void {
    this.#texts.push(event);
    this.#characters += event.length;
  }

  /** All of them, for the sink; the group is empty then. */
  take(): EncodedRun[] {
    const texts = this.#texts;
    if (texts.length === 0) return [];
    this.#texts = [];
    this.#characters = 0;
    const bytes = new Uint8Array(Buffer.from(texts.join("")));
    return [{ events: texts.length, bytes }];
  }
}
