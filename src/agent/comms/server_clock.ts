/**
 * How far this machine's clock is off, as far as a server's answers tell.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** What the `Date` of the latest answer says. It has whole seconds, so less than a second means nothing. */
export class ServerClock {
  readonly #clock: Pick<Clock, "now">;
  #offsetMs: number | undefined;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** The server's time less this machine's, in milliseconds; `undefined` before the first answer with a date. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** Takes the `Date` header of an answer that has just come. */
  note(date: string | null): void {
    const serverMs = Date.parse(date ?? "");
    if (!Number.isNaN(serverMs)) this.#offsetMs = serverMs - this.#clock.now();
  }
}
