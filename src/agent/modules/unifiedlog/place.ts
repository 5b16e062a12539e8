/**
 * How far the unified log was read. It has no positions: only times, and what was read of the latest of them.
 *
 * @module
 */

import * as z from "zod";
import type { LogMessage } from "./log_lines.ts";

/** So far back messages may come again, or late: microseconds. */
export const OVERLAP_US = 2_000_000;
/** Most messages of that time that a checkpoint names: with more, some are told twice after a crash. */
const MAX_KEYS = 2_000;
/** While the past is shown the present waits: what is in both is known for so long, and of so many messages. */
const REMEMBERED_US = 300_000_000;
const MAX_REMEMBERED = 100_000;

const schema = z.object({
  v: z.literal(1),
  at_us: z.int().min(0),
  recent: z.array(z.tuple([z.int(), z.string()])).max(MAX_KEYS),
});

/** Remembers what was read lately. */
export class Place {
  #atUs: number;
  /** What is older was read. */
  readonly #floorUs: number;
  /** When each was written, by key; oldest first. */
  readonly #recent: Map<string, number>;

  /** @param recent messages that were read, by key, with their times */
  constructor(atUs: number, recent: ReadonlyMap<string, number> = new Map()) {
    this.#atUs = atUs;
    this.#floorUs = atUs - OVERLAP_US;
    this.#recent = new Map(recent);
  }

  /** The place of a checkpoint; `undefined` when it is damaged. */
  static parse(value: string): Place | undefined {
    try {
      const { at_us, recent } = schema.parse(JSON.parse(value));
      return new Place(at_us, new Map(recent.map(([atUs, key]) => [key, atUs])));
    } catch {
      return undefined;
    }
  }

  /** The time of the latest message, in microseconds since 1970. */
  get atUs(): number {
    return this.#atUs;
  }

  /** The text of a checkpoint. */
  serialize(): string {
    const recent = [...this.#recent].filter(([, atUs]) => atUs >= this.#atUs - OVERLAP_US)
      .slice(-MAX_KEYS).map(([key, atUs]) => [atUs, key]);
    return JSON.stringify({ v: 1, at_us: this.#atUs, recent });
  }

  /** Notes a message; false when it was read before. */
  take({ atUs, key }: LogMessage): boolean {
    if (atUs < this.#floorUs || this.#recent.has(key)) return false;
    this.#atUs = Math.max(this.#atUs, atUs);
    this.#recent.set(key, atUs);
    this.#forget();
    return true;
  }

  #forget(): void {
    for (const [key, atUs] of this.#recent) {
      if (atUs >= this.#atUs - REMEMBERED_US && this.#recent.size <= MAX_REMEMBERED) return;
      this.#recent.delete(key);
    }
  }
}
