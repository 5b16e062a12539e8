/**
 * The events that a cluster of managers keeps, counted by reading them (`GET /manager/events`).
 *
 * @module
 */

/** Most that an answer has. */
const PAGE_EVENTS = 1_000;

/** Counts stateless events; goes on where it ended. */
export class StoredEvents {
  readonly #read: (path: string) => Promise<string>;
  #after = "0";
  #count = 0;

  /** @param read gives the text of an answer of the management API */
  constructor(read: (path: string) => Promise<string>) {
    this.#read = read;
  }

  /** How many there are now. */
  async count(): Promise<number> {
    for (;;) {
      const path = `/manager/events?after=${encodeURIComponent(this.#after)}&limit=${PAGE_EVENTS}`;
      const lines = (await this.#read(path)).split("\n").filter((line) => line !== "");
      if (lines.length === 0) return this.#count;
      for (const line of lines) this.#take(line);
    }
  }

  #take(line: string): void {
    const { number, stream } = JSON.parse(line) as { number: string | number; stream: string };
    this.#after = String(number);
    if (stream === "stateless") this.#count++;
  }
}
