/**
 * Makes room in the streams of events before they are full: one manager, who has the duty, looks at each of them now and then.
 *
 * From 80 % of `max_bytes` on, what all durable consumers and the index of `bulk_output` have and is older than `dedupe_horizon` goes, oldest first, until 70 % are
 * left. Where nobody has a durable consumer `when_full` says whether the oldest go unread: then it is told whose they were, and how many.
 * Two managers that trim at once purge up to the same place, or one less than the other: it does no harm.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AckPolicy, type ConsumerInfo, DeliverPolicy, type StreamInfo } from "@nats-io/jetstream";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { LossNotice } from "../../events/flow_meter.ts";
import { Loop } from "../../loop.ts";
import type { Membership } from "../../stores/membership.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import type { Names } from "../link/names.ts";
import { portion } from "../link/portion.ts";

const log = getLogger(["manager", "cluster"]);

const LOOK_EVERY_MS = 10_000;
const FULL_SHARE = 0.8;
const ENOUGH_SHARE = 0.7;
/** Messages that go unread at once: their headers are read before. */
const PORTION = 5_000;
const ANSWER_WITHIN_MS = 2_000;

/** Told what goes unread. */
export type LossListener = (agentId: string, losses: readonly LossNotice[]) => void;

/** What a {@linkcode Trimmer} works with. */
interface TrimmerParts {
  link: ClusterLink;
  names: Names;
  members: Pick<Membership, "holds">;
  clock: Clock;
  onLost: LossListener;
  /** Up to where an index that this cluster feeds has the stream of this index; `undefined` when it feeds none. */
  indexed?: (stream: number) => number | undefined;
}

/** Trims. */
export class Trimmer {
  readonly #parts: TrimmerParts;
  readonly #loop: Loop;

  constructor(parts: TrimmerParts) {
    this.#parts = parts;
    this.#loop = new Loop({
      clock: parts.clock,
      name: "make room in the streams of events",
      step: async () => {
        // Without a leader there is nothing to be done, and others say so.
        await this.#look().catch((error) => {
          log.debug("Cannot make room in the streams of events: {reason}", {
            reason: messageOf(error),
          });
        });
        return LOOK_EVERY_MS;
      },
    });
  }

  /** Begins to look. */
  start(): Promise<void> {
    return Promise.resolve(this.#loop.start());
  }

  /** Ends. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #look(): Promise<void> {
    if (this.#parts.members.holds("trim")) await this.trim();
  }

  /** Looks at all streams once. */
  async trim(): Promise<void> {
    for (const [index, stream] of this.#parts.names.eventStreams.entries()) {
      const info = await this.#parts.link.manager.streams.info(stream);
      const excess = excessOf(info);
      const indexed = this.#parts.indexed?.(index);
      if (excess > 0) await this.#makeRoom(info, { excess, indexed });
    }
  }

  /** @param excess how many of the oldest messages have to go */
  async #makeRoom(
    { config: { name }, state }: StreamInfo,
    { excess, indexed }: { excess: number; indexed: number | undefined },
  ): Promise<void> {
    const { when_full, dedupe_horizon } = this.#parts.link.options;
    const readers = (await this.#readersOf(name)).map((one) => readUpTo(one, state.last_seq));
    if (indexed !== undefined) readers.push(indexed);
    const wanted = state.first_seq + excess - 1;
    if (readers.length > 0) {
      const read = Math.min(...readers);
      const old = await this.#lastBefore(name, this.#parts.clock.now() - dedupe_horizon);
      return await this.#purge(name, state.first_seq, Math.min(wanted, read, old));
    }
    if (when_full === "refuse") return;
    for (let first = state.first_seq; first <= wanted; first += PORTION) {
      await this.#drop(name, first, Math.min(wanted, first + PORTION - 1));
    }
  }

  async #readersOf(stream: string): Promise<ConsumerInfo[]> {
    const readers: ConsumerInfo[] = [];
    for await (const info of this.#parts.link.manager.consumers.list(stream)) {
      if (info.config.durable_name !== undefined) readers.push(info);
    }
    return readers;
  }

  /** Sequence of the newest message from before a time: where a consumer that begins with that time has come from. */
  async #lastBefore(stream: string, atMs: number): Promise<number> {
    const { manager } = this.#parts.link;
    const info = await manager.consumers.add(stream, {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(atMs).toISOString(),
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: 5_000_000_000,
    });
    await manager.consumers.delete(stream, info.name).catch(() => false);
    return info.delivered.stream_seq;
  }

  async #purge(stream: string, first: number, last: number): Promise<void> {
    if (last < first) return;
    const { purged } = await this.#parts.link.manager.streams.purge(stream, { seq: last + 1 });
    log.info("{stream} is nearly full: {purged} batches that were read are removed", {
      stream,
      purged,
    });
  }

  /** Says whose they were first: whoever dies in between says it once more. */
  async #drop(stream: string, first: number, last: number): Promise<void> {
    const lost = await this.#eventsIn(stream, first, last);
    let events = 0;
    for (const [agentId, losses] of lost) {
      this.#parts.onLost(agentId, losses);
      events += losses.reduce((sum, loss) => sum + loss.events, 0);
    }
    await this.#parts.link.manager.streams.purge(stream, { seq: last + 1 });
    log.warn(
      "{stream} is nearly full and has no durable consumer: {events} events of {agents} agents are dropped",
      { stream, events, agents: lost.size },
    );
  }

  /** What batches of a range say that they have, by agent. */
  async #eventsIn(stream: string, first: number, last: number): Promise<Map<string, LossNotice[]>> {
    const consumer = await this.#parts.link.js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: first,
      headers_only: true,
      inactive_threshold: 5_000,
    });
    const lost = new Map<string, LossNotice[]>();
    try {
      let reached = first - 1;
      while (reached < last) {
        const before = reached;
        const most = { most: last - reached, expiresMs: ANSWER_WITHIN_MS };
        for await (const { seq, headers } of portion(consumer, most)) {
          reached = seq;
          if (seq <= last) count(lost, stream, headers);
          if (seq >= last) break;
        }
        if (reached === before) throw new Error(`${stream} does not say what it has`);
      }
    } finally {
      await consumer.delete().catch(() => false);
    }
    return lost;
  }
}

/** How many of the oldest messages have to go, as if all were equally large. */
function excessOf({ config, state }: StreamInfo): number {
  if (config.max_bytes <= 0 || state.bytes < FULL_SHARE * config.max_bytes) return 0;
  const bytesTooMany = state.bytes - ENOUGH_SHARE * config.max_bytes;
  return Math.ceil(bytesTooMany * state.messages / state.bytes);
}

/** A consumer of some subjects does not move on for others: once it has had all of its own, it has read all. */
function readUpTo({ ack_floor, num_pending, num_ack_pending }: ConsumerInfo, last: number): number {
  return num_pending === 0 && num_ack_pending === 0 ? last : ack_floor.stream_seq;
}

function count(
  lost: Map<string, LossNotice[]>,
  stream: string,
  headers: { get(name: string): string } | undefined,
): void {
  const events = Number(headers?.get("Events") ?? 0);
  if (events === 0) return;
  const agentId = headers?.get("Agent") ?? "";
  const kind = headers?.get("Stream") ?? "";
  const bytes = Number(headers?.get("Nats-Msg-Size") ?? 0);
  const losses = lost.get(agentId) ?? [];
  lost.set(agentId, losses);
  const known = losses.find((loss) => loss.stream === kind);
  if (known === undefined) {
    const detail = `dropped unread from ${stream}`;
    losses.push({ stream: kind, events, bytes, reason: "stream_full", detail });
  } else [known.events, known.bytes] = [known.events + events, known.bytes + bytes];
}
