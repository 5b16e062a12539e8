/**
 * How a stream of the cluster stands, or the one that a bucket is: who leads it, which copies are up to date, how full it is.
 *
 * @module
 */

import type { StreamInfo } from "@nats-io/jetstream";
import type { Names } from "./names.ts";

/** Servers of a stream hear of each other once a second. */
const SILENT_MS = 4_000;
const NANOS_PER_MS = 1_000_000;
const BUCKETS = ["KEYS", "AGENTS", "ORDERS", "ROLLOUTS", "STATES", "NODES"];

/** A stream, or the one that a bucket is. */
export interface InspectedStream {
  name: string;
  messages: number;
  bytes: number;
  /** -1 for no limit. */
  max_bytes: number;
  /** `null` while there is none; empty for a server that is alone. */
  leader: string | null;
  replicas: number;
  /** Copies that are not up to date. */
  behind: string[];
}

/** All streams of a cluster: those of events first, then orders that ended, then what the buckets are. */
export function streamsOf(names: Names): string[] {
  const buckets = BUCKETS.map((what) => `KV_${names.of(what)}`);
  return [...names.eventStreams, names.of("DONE"), ...buckets, `OBJ_${names.of("FILES")}`];
}

/** What is asked for of a stream. */
export function inspected({ config, state, cluster }: StreamInfo): InspectedStream {
  const copies = cluster?.replicas ?? [];
  return {
    name: config.name,
    messages: state.messages,
    bytes: state.bytes,
    max_bytes: config.max_bytes,
    // A server that is alone has no cluster and leads all it has.
    leader: cluster === undefined ? "" : cluster.leader ?? null,
    replicas: config.num_replicas,
    behind: copies.filter(({ current, offline }) => !current || offline).map(({ name }) => name),
  };
}

/**
 * Whether the leader hears from so many of the copies that it can confirm something. It goes on to call itself the leader for 10 s
 * after the others are gone.
 */
export function hasQuorum({ config, cluster }: Pick<StreamInfo, "config" | "cluster">): boolean {
  if (cluster === undefined) return true;
  const heard = (cluster.replicas ?? []).filter(({ active, offline }) =>
    offline !== true && active < SILENT_MS * NANOS_PER_MS
  );
  return 1 + heard.length > config.num_replicas / 2;
}

/** Those that are made once somebody needs them. */
export function optionalStreams(names: Names): string[] {
  return [`OBJ_${names.of("RELEASES")}`, `KV_${names.of("OUTPUT")}`];
}
