/**
 * Looks for a batch in its subject, message by message: for late repeats, which are rare.
 *
 * @module
 */

import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { StoreUnavailable } from "../../stores/unavailable.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { portion } from "../link/portion.ts";
import { fingerprintIn } from "./known_batches.ts";

/** What is looked for, and where. */
interface Wanted {
  stream: string;
  subject: string;
  key: string;
  /** Sequence of the newest message of the subject: nothing is behind it. */
  lastSequence: number;
}

/** A batch that was found. */
interface FoundBatch {
  sequence: number;
  fingerprint: string;
}

const TIME_LIMIT_MS = 1_000;
const PORTION = 1_000;
const MAX_REMEMBERED = 1_000;

/** Finds batches. A search that takes too long goes on where it was when it is asked for again. */
export class BatchSearch {
  readonly #link: ClusterLink;
  /** Up to which sequence a batch has been looked for in vain. */
  readonly #searchedTo = new Map<string, number>();

  constructor(link: ClusterLink) {
    this.#link = link;
  }

  /**
   * The batch, or `undefined` when the subject does not have it.
   *
   * @throws StoreUnavailable when it takes longer than a second, or the server that looks is silent
   */
  async find(wanted: Wanted): Promise<FoundBatch | undefined> {
    const name = `${wanted.subject} ${wanted.key}`;
    const untilMs = performance.now() + TIME_LIMIT_MS;
    const from = (this.#searchedTo.get(name) ?? 0) + 1;
    if (from > wanted.lastSequence) return undefined;
    const consumer = await this.#link.js.consumers.get(wanted.stream, {
      filter_subjects: wanted.subject,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      headers_only: true,
      inactive_threshold: 5_000,
    });
    try {
      while (performance.now() < untilMs) {
        const messages = portion(consumer, { most: PORTION, expiresMs: TIME_LIMIT_MS });
        for await (const message of messages) {
          const found = foundIn(message, wanted);
          if (found !== undefined) return found;
          this.#remember(name, message.seq);
          if (message.seq >= wanted.lastSequence) return undefined;
        }
      }
    } finally {
      // It goes away by itself when this cannot be asked.
      await consumer.delete().catch(() => false);
    }
    throw new StoreUnavailable("The cluster looks for a late repeat");
  }

  #remember(name: string, sequence: number): void {
    this.#searchedTo.delete(name);
    this.#searchedTo.set(name, sequence);
    const [oldest] = this.#searchedTo.keys();
    if (this.#searchedTo.size > MAX_REMEMBERED && oldest !== undefined) {
      this.#searchedTo.delete(oldest);
    }
  }
}

function foundIn({ headers, seq }: JsMsg, { key }: Wanted): FoundBatch | undefined {
  const known = headers?.get("Known") ?? "";
  const fingerprint = known === "" ? undefined : fingerprintIn(known, key);
  if (fingerprint !== undefined) return { sequence: seq, fingerprint };
  if (headers?.get("Batch") !== encodeURIComponent(key)) return undefined;
  return { sequence: seq, fingerprint: headers.get("Fp") };
}
