/**
 * The time during which tries fail: why, and until when nobody tries.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { RetryWaits } from "./types.ts";
import type { FailureCause } from "../../shared/protocol/exchange.ts";
import type { DispatchFailure } from "../../shared/protocol/part_status.ts";

/** A try that failed. */
interface FailedTry {
  reason: string;
  /** Not before that, says the server. */
  afterMs?: number;
  /** Why there was no answer. */
  cause?: FailureCause;
  /** True when the server refuses whatever it is sent. @default false */
  refused?: boolean;
}

/** What the batches of a stream know of the server together. */
export class Outage {
  readonly #retryWaits: RetryWaits;
  readonly #clock: Clock;
  readonly #log: Logger;
  #failure: Omit<DispatchFailure, "tries"> | undefined;
  /** Failed tries since one succeeded. */
  #tries = 0;
  /** Monotonic. Until then nobody tries. */
  #resumeAtMs = -Infinity;

  constructor(
    { retryWaits, clock, log }: { retryWaits: RetryWaits; clock: Clock; log: Logger },
  ) {
    this.#retryWaits = retryWaits;
    this.#clock = clock;
    this.#log = log;
  }

  /** The latest failure, until a try succeeds. */
  get failure(): DispatchFailure | undefined {
    return this.#failure && { ...this.#failure, tries: this.#tries };
  }

  /** A try failed, or was refused. */
  count(): void {
    this.#tries++;
  }

  /** Milliseconds until the next try may begin; 0 or less when it may begin now. */
  get waitMs(): number {
    return this.#resumeAtMs - this.#clock.monotonic();
  }

  /** Nobody tries for a while. */
  begin({ reason, afterMs, cause, refused = false }: FailedTry): void {
    const waitMs = this.#nextWaitMs(afterMs);
    this.#resumeAtMs = this.#clock.monotonic() + waitMs;
    const at_ms = this.#clock.now();
    // The same refusal goes on: since when it does is not since the latest try.
    const refusedSinceMs = this.#failure?.refused_since_ms;
    this.#tell(reason, { waitMs, refused, isNews: refusedSinceMs === undefined });
    this.#failure = {
      reason,
      at_ms,
      next_try_at_ms: at_ms + waitMs,
      ...(cause && { cause }),
      ...(refused && { refused_since_ms: refusedSinceMs ?? at_ms }),
    };
  }

  /** That everything is refused is said once: it is a state, and lasts until somebody mends the server. */
  #tell(
    reason: string,
    { waitMs, refused, isNews }: { waitMs: number; refused: boolean; isNews: boolean },
  ): void {
    const values = { reason, next_try_in_ms: Math.round(waitMs) };
    if (!refused) this.#log.warn("Cannot send: {reason}", values);
    else if (isNews) {
      this.#log.error("The server refuses every event; they are kept: {reason}", values);
    } else this.#log.debug("The server still refuses every event: {reason}", values);
  }

  /** A try succeeded; true when that ended an outage. A pause that the server asked for meanwhile still holds. */
  end(): boolean {
    this.#retryWaits.reset();
    const failed_tries = this.#tries;
    this.#tries = 0;
    if (this.#failure === undefined) return false;
    this.#log.info("Sending works again", { failed_tries });
    this.#failure = undefined;
    return true;
  }

  /** Batches that fail together wait for the same moment: the first decides when. */
  #nextWaitMs(afterMs: number | undefined): number {
    const leftMs = this.waitMs;
    // Else one outage would double the wait once for each batch that was under way.
    return leftMs > 0 ? Math.max(leftMs, afterMs ?? 0) : this.#retryWaits.next(afterMs);
  }
}

/** How a failure is told that is the server's refusal of everything. */
export function refusedByServer(reason: string): string {
  return `refused by the server: ${reason}`;
}
