/**
 * The newest batches of an agent, by the headers of its messages.
 *
 * A stream is not sorted by agents, and messages are found by time: so the newest of each lane says when the agent sent something last,
 * and what came before that is looked for in windows that grow until one has enough.
 *
 * @module
 */

import { type ConsumerConfig, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { StoredBatch } from "../../events/batch_views.ts";
import type { Batches } from "../../stores/batches.ts";
import { unavailable } from "../link/cluster_failure.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import type { Names } from "../link/names.ts";
import { portion } from "../link/portion.ts";

const WINDOWS_MS = [60_000, 1_200_000, 21_600_000];
/** A window with more is not read. */
const MOST = 2_000;
const READ_WITHIN_MS = 1_000;

/** Which of an agent's messages are read. */
type Part = Pick<ConsumerConfig, "deliver_policy"> & Partial<ConsumerConfig>;

/** Shows the batches of a cluster. */
export class StreamBatches implements Batches {
  readonly #link: ClusterLink;
  readonly #names: Names;

  constructor(link: ClusterLink, names: Names) {
    this.#link = link;
    this.#names = names;
  }

  async newest(agentId: string, limit: number): Promise<StoredBatch[]> {
    try {
      return (await this.#find(agentId, limit)).slice(0, limit);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #find(agentId: string, limit: number): Promise<StoredBatch[]> {
    const last = await this.#read(agentId, { deliver_policy: DeliverPolicy.LastPerSubject }) ?? [];
    const [newest] = last;
    if (newest === undefined) return [];
    for (const windowMs of WINDOWS_MS) {
      const found = await this.#read(agentId, {
        deliver_policy: DeliverPolicy.StartTime,
        opt_start_time: new Date(newest.receivedAtMs - windowMs).toISOString(),
      });
      if (found === undefined) return last;
      if (found.length >= limit) return found;
    }
    return await this.#read(agentId, { deliver_policy: DeliverPolicy.All }) ?? last;
  }

  /** Newest first; `undefined` when there are too many. */
  async #read(agentId: string, part: Part): Promise<StoredBatch[] | undefined> {
    const { stream, subjects } = this.#names.eventsOf(agentId);
    const consumer = await this.#link.js.consumers.get(stream, {
      ...part,
      filter_subjects: subjects,
      headers_only: true,
      inactive_threshold: 5_000,
    });
    try {
      const { num_pending: pending } = await consumer.info(true);
      if (pending > MOST) return undefined;
      const found: StoredBatch[] = [];
      if (pending === 0) return found;
      for await (const message of portion(consumer, { most: pending, expiresMs: READ_WITHIN_MS })) {
        const batch = batchOf(message);
        if (batch !== undefined) found.push(batch);
      }
      return found.sort((one, other) => other.receivedAtMs - one.receivedAtMs);
    } finally {
      // It goes away by itself when this cannot be asked.
      await consumer.delete().catch(() => false);
    }
  }
}

/** `undefined` for a message that brings no events. */
function batchOf({ headers }: JsMsg): StoredBatch | undefined {
  const events = Number(headers?.get("Events"));
  if (headers === undefined || !(events > 0)) return undefined;
  const id = headers.get("Batch");
  return {
    id: id === "" ? null : decodeURIComponent(id),
    stream: headers.get("Stream") as Stream,
    events,
    receivedAtMs: Number(headers.get("At")),
  };
}
