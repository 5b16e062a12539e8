/**
 * Which batches the stream has, read from it itself and not by way of a manager.
 *
 * @module
 */

import { DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsCluster } from "../support/nats_cluster.ts";
import { STREAM } from "./scene.ts";
import { within } from "./time_limits.ts";

const READ_WITHIN_MS = 180_000;
const PORTION = 5_000;
const WAIT_MS = 2_000;

/** What was read so far. What is removed from the stream later stays known. */
export class StoredBatches {
  readonly #sequences = new Map<string, Set<number>>();
  /** Of each subject, the sequence of the newest message that was read. */
  readonly newest = new Map<string, number>();
  #readTo = 0;

  /** How many batches there are. */
  get size(): number {
    return this.#sequences.size;
  }

  /** How often a batch is stored. */
  times(key: string): number {
    return this.#sequences.get(key)?.size ?? 0;
  }

  /** Batches that are stored more than once. */
  doubled(): string[] {
    return [...this.#sequences.keys()].filter((key) => this.times(key) > 1);
  }

  /** Reads on, to the end that the stream has now. */
  async read(servers: NatsCluster): Promise<void> {
    const work = servers.ask((manager) => this.#read(manager));
    await within("The stream is read", READ_WITHIN_MS, work);
  }

  async #read(manager: JetStreamManager): Promise<void> {
    const { state } = await manager.streams.info(STREAM);
    while (this.#readTo < state.last_seq) {
      const consumer = await manager.jetstream().consumers.get(STREAM, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: this.#readTo + 1,
        headers_only: true,
      });
      const messages = await consumer.fetch({ max_messages: PORTION, expires: WAIT_MS });
      for await (const { seq, subject, headers } of messages) {
        this.#take(headers?.get("Batch") ?? "", seq);
        this.newest.set(subject, seq);
        this.#readTo = seq;
      }
      await consumer.delete();
    }
  }

  #take(key: string, sequence: number): void {
    const known = this.#sequences.get(key);
    if (known === undefined) this.#sequences.set(key, new Set([sequence]));
    else known.add(sequence);
  }
}
