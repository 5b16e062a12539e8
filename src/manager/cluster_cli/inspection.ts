/**
 * What a cluster is asked by the commands: nothing is changed.
 *
 * @module
 */

import { Bucket } from "../cluster/link/bucket.ts";
import type { ClusterConfig } from "../cluster/link/cluster_config.ts";
import type { ClusterLink } from "../cluster/link/cluster_link.ts";
import { Names } from "../cluster/link/names.ts";
import type { Compared } from "../same_everywhere.ts";
import { type Lease, LEASE_MS } from "../cluster/nodes/node_leases.ts";
import {
  inspected,
  type InspectedStream,
  optionalStreams,
  streamsOf,
} from "../cluster/link/stream_inspection.ts";

/** A manager that lives. */
interface InspectedNode {
  node: string;
  version: string;
  started_at: string;
  /** Digests of what has to be the same at all. */
  settings?: Partial<Record<Compared, string>>;
}

/** How a cluster stands. */
export interface Inspection {
  server_version: string;
  max_payload: number;
  /** How far this machine's clock is ahead of the servers', in milliseconds; `null` when they do not say. */
  clock_ahead_ms: number | null;
  streams: InspectedStream[];
  /** Streams that should be there and are not. */
  missing: string[];
  nodes: InspectedNode[];
  /** Who has which duty. */
  duties: Record<string, string>;
}

const DUTY_PREFIX = "lead.";

/** Asks. */
export async function inspect(link: ClusterLink): Promise<Inspection> {
  const { name, event_streams } = link.options;
  const first = new Names(name, 1);
  const config = await link.manager.streams
    .getMessage(`KV_${first.of("KEYS")}`, { last_by_subj: `$KV.${first.of("KEYS")}.config` })
    .catch(() => null);
  const names = new Names(name, config?.json<ClusterConfig>().event_streams ?? event_streams);
  const optional = optionalStreams(names);
  const asked = await Promise.all(
    [...streamsOf(names), ...optional].map(async (stream) => ({
      stream,
      info: await link.manager.streams.info(stream).catch(() => undefined),
      atMs: Date.now(),
    })),
  );
  const found = asked.flatMap(({ info }) => info ?? []);
  const [timed] = asked.filter(({ info }) => info?.ts !== undefined);
  const hasNodes = found.some(({ config }) => config.name === `KV_${names.of("NODES")}`);
  return {
    server_version: link.connection.info?.version ?? "",
    max_payload: link.connection.info?.max_payload ?? 0,
    clock_ahead_ms: timed?.info?.ts === undefined ? null : timed.atMs - Date.parse(timed.info.ts),
    streams: found.map(inspected),
    missing: asked.filter(({ info }) => info === undefined).map(({ stream }) => stream)
      .filter((stream) => !optional.includes(stream)),
    ...(hasNodes ? await leases(link, names) : { nodes: [], duties: {} }),
  };
}

async function leases(
  link: ClusterLink,
  names: Names,
): Promise<Pick<Inspection, "nodes" | "duties">> {
  const found = new Map<string, Lease>();
  const bucket = await Bucket.open<Lease>(link, names.of("NODES"), { ttlMs: LEASE_MS });
  const follower = bucket.follow(">", ({ key, value }) => {
    if (value === undefined) found.delete(key);
    else found.set(key, value);
  });
  await follower.start();
  await follower.stop();
  const all = [...found];
  const duties = all.filter(([key]) => key.startsWith(DUTY_PREFIX))
    .map(([key, { node }]) => [key.slice(DUTY_PREFIX.length), node]);
  const nodes = all.filter(([key]) => !key.startsWith(DUTY_PREFIX))
    .map(([, { node, version, started_at, settings }]) => ({
      node,
      version,
      started_at: new Date(started_at).toISOString(),
      ...(settings && { settings }),
    }));
  return { nodes, duties: Object.fromEntries(duties) };
}
