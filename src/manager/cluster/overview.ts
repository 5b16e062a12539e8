/**
 * How the streams of the cluster stand, for people who look: asked when somebody does, every 3 s at most, and not while the cluster is
 * known to be in trouble. What was found last is kept.
 *
 * @module
 */

import type { ConsumerInfo } from "@nats-io/jetstream";
import type { Clock } from "../../shared/clock.ts";
import { endedWithin } from "../ended_within.ts";
import type { ClusterLink } from "./link/cluster_link.ts";
import type { Names } from "./link/names.ts";
import { inspected, type InspectedStream, streamsOf } from "./link/stream_inspection.ts";

const ASK_EVERY_MS = 3_000;
/** Somebody who looks does not wait any longer: the next look has it. */
const WAIT_MS = 300;

/** Somebody who reads a stream and lets the cluster remember how far. */
interface InspectedConsumer {
  stream: string;
  name: string;
  /** Messages that it has not been given yet. */
  pending: number;
  /** Messages that it was given and has not acknowledged. */
  unacknowledged: number;
}

/** What was found. */
export interface ClusterOverview {
  /** When, in milliseconds since 1970. */
  atMs: number;
  streams: readonly InspectedStream[];
  /** Only the durable ones. */
  consumers: readonly InspectedConsumer[];
}

/** What an {@linkcode Overviews} works with. */
interface OverviewsParts {
  link: Pick<ClusterLink, "manager">;
  names: Names;
  clock: Clock;
  /** Whether asking is of no use now. */
  isAway(): boolean;
}

/** Asks, and remembers. */
export class Overviews {
  readonly #parts: OverviewsParts;
  #newest: ClusterOverview | undefined;
  #asking: Promise<void> | undefined;

  constructor(parts: OverviewsParts) {
    this.#parts = parts;
  }

  /** The newest; `undefined` when nothing was ever found. Never rejects. */
  async look(): Promise<ClusterOverview | undefined> {
    const { clock, isAway } = this.#parts;
    const isOld = clock.now() - (this.#newest?.atMs ?? -Infinity) >= ASK_EVERY_MS;
    if (isOld && !isAway()) {
      this.#asking ??= this.#ask().catch(() => {}).finally(() => this.#asking = undefined);
      await endedWithin([this.#asking], WAIT_MS);
    }
    return this.#newest;
  }

  async #ask(): Promise<void> {
    const { link, names, clock } = this.#parts;
    const infos = await Promise.all(
      streamsOf(names).map((name) => link.manager.streams.info(name).catch(() => undefined)),
    );
    const found = infos.filter((info) => info !== undefined);
    const read = found.filter(({ state }) => state.consumer_count > 0);
    const consumers = await Promise.all(read.map(({ config }) => this.#consumersOf(config.name)));
    this.#newest = {
      atMs: clock.now(),
      streams: found.map(inspected),
      consumers: consumers.flat(),
    };
  }

  async #consumersOf(stream: string): Promise<InspectedConsumer[]> {
    const found: ConsumerInfo[] = [];
    for await (const info of this.#parts.link.manager.consumers.list(stream)) found.push(info);
    return found.filter(({ config }) => config.durable_name !== undefined)
      .map(({ name, num_pending, num_ack_pending }) => ({
        stream,
        name,
        pending: num_pending,
        unacknowledged: num_ack_pending,
      }));
  }
}
