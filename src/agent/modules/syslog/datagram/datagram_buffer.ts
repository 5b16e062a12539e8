/**
 * Datagrams between the kernel and the queue. Nobody can ask their senders to wait: what comes while the queue takes nothing waits
 * here, up to a bound; what is beyond is dropped, and stands in the loss ledger.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { Wakeup } from "../../../../shared/wakeup.ts";
import type { Counts } from "../counts.ts";
import type { Intake } from "../intake.ts";

/** So many events go to the queue together. */
const GROUP_EVENTS = 2_000;
const NO_ROOM = "no room for datagrams while the queue took nothing";

/** What a {@linkcode DatagramBuffer} works with. */
interface DatagramBufferDeps {
  maxBytes: number;
  intake: Intake;
  counts: Counts;
  clock: Clock;
  /** Where they come from, for the ledger. */
  place: () => string;
}

/** Holds encoded events until they are stored. */
export class DatagramBuffer {
  readonly #deps: DatagramBufferDeps;
  readonly #wakeup: Wakeup;
  #events: string[] = [];
  /** Also those that are on their way to the queue. */
  #bytes = 0;

  constructor(deps: DatagramBufferDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** True while one more of about `bytes` has room; else it is written down as lost. */
  admits(bytes: number): boolean {
    const { maxBytes, counts, intake, place } = this.#deps;
    if (this.#bytes + bytes <= maxBytes) return true;
    counts.dropped++;
    intake.lose({ events: 1, bytes, reason: NO_ROOM, detail: place() });
    return false;
  }

  /** Puts an event in. */
  add(event: string): void {
    this.#events.push(event);
    this.#bytes += event.length;
    this.#wakeup.wake();
  }

  /** Stores what comes until the signal is aborted; what is left then is with the intake. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wakeup.wait(undefined, signal);
      await this.#store(signal);
    }
  }

  /** Gives everything to the intake. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.#store(signal);
  }

  async #store(signal: AbortSignal): Promise<void> {
    while (this.#events.length > 0) {
      const group = this.#events.slice(0, GROUP_EVENTS);
      this.#events = this.#events.slice(GROUP_EVENTS);
      try {
        await this.#deps.intake.append(group, signal);
      } finally {
        for (const event of group) this.#bytes -= event.length;
      }
    }
  }
}
