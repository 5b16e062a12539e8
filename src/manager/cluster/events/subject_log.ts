/**
 * One message a batch, each batch once: exactly once by compare-and-set.
 *
 * For each subject its tail is known: the sequence of its newest message and the batches that the subject has had lately, which that
 * message names itself. A batch that is not among them is published with the tail's sequence as a condition, so nothing can have been
 * stored in between, by whichever node. When that fails, or nobody answers, the tail is read anew from the stream's leader, and all is
 * looked at again: a message whose answer was lost is then found in the list. No clock, no window, no second write.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { PubHeaders } from "@nats-io/jetstream";
import { StoreUnavailable } from "../../stores/unavailable.ts";
import { BatchSearch } from "./batch_search.ts";
import { isConflict, isFull, isNoMessage, unavailable } from "../link/cluster_failure.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { SeenList } from "./seen_list.ts";
import { SerialQueues } from "../link/serial_queues.ts";

/** The newest message of a subject. */
interface Tail {
  sequence: number;
  seen: SeenList;
}

/** A batch to be stored. */
export interface Batch {
  stream: string;
  subject: string;
  key: string;
  /** Of what it says and of the kind of stream. */
  fingerprint: Uint8Array;
  payload: Uint8Array;
  /** Further headers. */
  headers: Readonly<Record<string, string>>;
}

/** What became of a batch. */
export interface Stored {
  kind: "stored" | "repeat" | "conflict";
  /** Sequence of the newest message of its subject that is known. */
  sequence: number;
  /** Whether another node was first with a batch of its subject. @default false */
  contested?: boolean;
}

/** A new leader takes 4 to 8 s. Whoever is sent away before that comes again up to 10 s later, and has waited longer. */
const MOST_PATIENCE_MS = 12_000;
/** Without any server there will be no leader soon. */
const DISCONNECTED_PATIENCE_MS = 3_000;
const AGAIN_AFTER_MS = 150;
const MOST_WAIT_MS = 450;
/** A tail takes 1 to 2 kB. */
const MAX_TAILS = 50_000;

/** Stores batches. */
export class SubjectLog {
  readonly #link: ClusterLink;
  readonly #search: BatchSearch;
  readonly #queues = new SerialQueues();
  readonly #tails = new Map<string, Tail>();

  constructor(link: ClusterLink) {
    this.#link = link;
    this.#search = new BatchSearch(link);
  }

  /**
   * Stores a batch unless it has been.
   *
   * @param mayBeOurs whether it may be stored for this very request: it is no repeat then
   * @throws StoreUnavailable when that cannot be told now; asked again, it will be
   */
  append(batch: Batch, mayBeOurs = false): Promise<Stored> {
    return this.#queues.run(batch.subject, () => this.#append(batch, mayBeOurs));
  }

  /** Where a batch is stored; `undefined` when it is not. */
  async find(
    place: Pick<Batch, "stream" | "subject" | "key">,
  ): Promise<{ sequence: number; fingerprint: string } | undefined> {
    try {
      const { sequence } = await this.#readTail(place);
      return await this.#search.find({ ...place, lastSequence: sequence });
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #append(batch: Batch, handedOver: boolean): Promise<Stored> {
    let failure: unknown;
    let contested = false;
    // When nobody answered to its own message, this batch may be found in the list: that is no repeat.
    let mayBeOurs = false;
    const beganMs = performance.now();
    for (let tries = 0; tries === 0 || this.#isPatient(beganMs); tries++) {
      // A conflict is mostly over with one look; one that lasts is a message that is still on its way to the other servers.
      if (mayBeOurs || tries > 1) {
        const waitMs = Math.min(tries * AGAIN_AFTER_MS, MOST_WAIT_MS);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      try {
        const tail = this.#tails.get(batch.subject) ?? await this.#readTail(batch);
        const kind = await this.#lookUp(batch, tail);
        if (kind !== "new") {
          return {
            kind: kind === "repeat" && (mayBeOurs || handedOver) ? "stored" : kind,
            sequence: tail.sequence,
            contested,
          };
        }
        return { kind: "stored", sequence: await this.#publish(batch, tail), contested };
      } catch (error) {
        if (error instanceof StoreUnavailable || isFull(error)) throw unavailable(error);
        this.#tails.delete(batch.subject);
        if (isConflict(error)) contested = true;
        else mayBeOurs = true;
        failure = error;
      }
    }
    throw unavailable(failure);
  }

  #isPatient(sinceMs: number): boolean {
    const patienceMs = this.#link.isConnected ? MOST_PATIENCE_MS : DISCONNECTED_PATIENCE_MS;
    return performance.now() - sinceMs < patienceMs;
  }

  async #lookUp(batch: Batch, tail: Tail): Promise<"new" | "repeat" | "conflict"> {
    const known = tail.seen.lookUp(batch.key, batch.fingerprint);
    if (known !== "unknown") return known;
    const found = await this.#search.find({ ...batch, lastSequence: tail.sequence });
    if (found === undefined) return "new";
    return found.fingerprint === fingerprintText(batch) ? "repeat" : "conflict";
  }

  async #publish(batch: Batch, tail: Tail): Promise<number> {
    const seen = tail.seen.with(batch.key, batch.fingerprint);
    const sequence = await this.#link.publisher.publish(batch.subject, batch.payload, {
      ...batch.headers,
      Batch: encodeURIComponent(batch.key),
      Fp: fingerprintText(batch),
      Seen: seen.toText(),
      [PubHeaders.ExpectedStreamHdr]: batch.stream,
      [PubHeaders.ExpectedLastSubjectSequenceHdr]: String(tail.sequence),
    });
    this.#remember(batch.subject, { sequence, seen });
    return sequence;
  }

  /** From the leader: another copy may be behind. */
  async #readTail({ stream, subject }: Pick<Batch, "stream" | "subject">): Promise<Tail> {
    const message = await this.#link.manager.streams
      .getMessage(stream, { last_by_subj: subject })
      .catch((error) => {
        if (isNoMessage(error)) return null;
        throw error;
      });
    const tail = {
      sequence: message?.seq ?? 0,
      seen: SeenList.parse(message?.header.get("Seen")),
    };
    this.#remember(subject, tail);
    return tail;
  }

  #remember(subject: string, tail: Tail): void {
    this.#tails.delete(subject);
    this.#tails.set(subject, tail);
    const [oldest] = this.#tails.keys();
    if (this.#tails.size > MAX_TAILS && oldest !== undefined) this.#tails.delete(oldest);
  }
}

function fingerprintText({ fingerprint }: Batch): string {
  return Buffer.from(fingerprint).toString("base64url");
}
