/**
 * Holds one request for commands open, always.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { PollOutcome } from "../../shared/protocol/exchange.ts";
import type { PollerStatus } from "../../shared/protocol/part_status.ts";

/** What a {@linkcode Poller} is built with. */
interface PollerDeps {
  /** Waits for commands once. Rejects only when the signal is aborted. */
  poll(signal: AbortSignal): Promise<PollOutcome>;
  /** Takes commands; the next poll begins when it resolves. */
  onCommands(commands: readonly unknown[]): Promise<void>;
  retryWaits: { next(afterMs?: number): number; reset(): void };
  clock: Clock;
}

/** A server that holds a poll for less than this holds none. */
const HELD_MS = 1_000;
/** So many unheld polls in a row are answered at once: a manager may end a poll early for its own reasons. */
const FREE_UNHELD_POLLS = 10;

/** Polls until it is stopped. */
export class Poller {
  readonly #deps: PollerDeps;
  readonly #log = getLogger(["agent", "commands"]);
  #status: PollerStatus;
  #unheld = 0;

  constructor(deps: PollerDeps) {
    this.#deps = deps;
    this.#status = {
      state: "stopped",
      since_ms: deps.clock.now(),
      reason: undefined,
      next_try_at_ms: undefined,
      received: 0,
    };
  }

  /** Polls until the signal is aborted, then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    this.#become("waiting");
    try {
      while (!signal.aborted) await this.#pollOnce(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#become("stopped");
    }
  }

  /** How it stands now. */
  status(): PollerStatus {
    return this.#status;
  }

  async #pollOnce(signal: AbortSignal): Promise<void> {
    const result = await this.#poll(signal);
    if (result.kind === "retry") return await this.#backOff(result, signal);
    this.#recover();
    if (result.kind === "commands") {
      this.#unheld = 0;
      this.#status.received += result.commands.length;
      await this.#deps.onCommands(result.commands);
    } else await this.#pace(result.heldMs, signal);
  }

  /** A poll that is held is answered by a server that works, long before the answer comes. */
  async #poll(signal: AbortSignal): Promise<PollOutcome> {
    const answered = new AbortController();
    if (this.#status.state === "retrying") {
      this.#deps.clock.sleep(HELD_MS, answered.signal).then(() => this.#recover(), () => {});
    }
    try {
      return await this.#deps.poll(signal);
    } finally {
      answered.abort();
    }
  }

  #recover(): void {
    this.#deps.retryWaits.reset();
    if (this.#status.state !== "waiting") this.#log.info("Waiting for commands works again");
    this.#become("waiting");
  }

  async #backOff({ reason, afterMs }: { reason: string; afterMs?: number }, signal: AbortSignal) {
    const waitMs = this.#deps.retryWaits.next(afterMs);
    this.#become("retrying", reason, this.#deps.clock.now() + waitMs);
    this.#log.warn("Cannot wait for commands: {reason}", {
      reason,
      next_try_in_ms: Math.round(waitMs),
    });
    await this.#deps.clock.sleep(waitMs, signal);
  }

  /** An empty answer is followed by the next poll at once, unless the server never holds one: then once a second. */
  async #pace(heldMs: number, signal: AbortSignal): Promise<void> {
    this.#unheld = heldMs < HELD_MS ? this.#unheld + 1 : 0;
    if (this.#unheld <= FREE_UNHELD_POLLS) return;
    if (this.#unheld === FREE_UNHELD_POLLS + 1) {
      this.#log.warn("The server does not hold requests for commands; asking once a second");
    }
    await this.#deps.clock.sleep(HELD_MS, signal);
  }

  #become(state: PollerStatus["state"], reason?: string, nextTryAtMs?: number): void {
    const since_ms = state === this.#status.state ? this.#status.since_ms : this.#deps.clock.now();
    this.#status = { ...this.#status, state, since_ms, reason, next_try_at_ms: nextTryAtMs };
  }
}
