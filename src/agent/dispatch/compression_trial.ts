/**
 * Whether this server understands compressed batches, as far as its answers have told.
 *
 * @module
 */

import type { BatchEncoding } from "../../shared/protocol/stored_events.ts";
import type { EventsOutcome } from "../../shared/protocol/exchange.ts";

/** What a server that does not know a compression answers, beside 415. */
const PERHAPS_UNKNOWN: ReadonlySet<number | undefined> = new Set([400, 406, 413, 422, 500, 501]);

/** Knows from answers to compressed batches whether to go on with them. One for each stream and server. */
export class CompressionTrial {
  #state: "untried" | "works" | "unknown to the server" = "untried";

  /** The encoding for the next batch when `wanted` is configured. */
  encoding(wanted: BatchEncoding): BatchEncoding {
    return this.#state === "unknown to the server" ? "identity" : wanted;
  }

  /** Whether an answer to a compressed batch may mean that the compression is not known. */
  isRefusal({ encoding }: { encoding: BatchEncoding }, outcome: EventsOutcome): boolean {
    if (encoding === "identity" || outcome.kind === "done") return false;
    // Batches that were compressed before it was known are refused after that.
    return outcome.status === 415 ||
      (this.#state !== "works" && PERHAPS_UNKNOWN.has(outcome.status));
  }

  /** A compressed batch was taken. */
  works(): void {
    if (this.#state === "untried") this.#state = "works";
  }

  /** The same events were taken uncompressed: no compression from now on. */
  isUnknown(): void {
    this.#state = "unknown to the server";
  }
}
