/**
 * The stores of several managers: what they keep together, on JetStream.
 *
 * @module
 */

import type { Store } from "../store.ts";
import type { Submission } from "../stores/event_log.ts";
import type { Stores } from "../stores/stores.ts";
import { ensureEventStreams, whenReady } from "./assets.ts";
import { Bucket } from "./bucket.ts";
import { type ClusterConfig, clusterConfig } from "./cluster_config.ts";
import { ClusterLink } from "./cluster_link.ts";
import { documentFollowers } from "./document_followers.ts";
import { JetStreamEventLog } from "./jetstream_event_log.ts";
import { Names } from "./names.ts";
import type { ClusterOptions } from "./options_schema.ts";

/** What {@linkcode openCluster} works with. */
interface ClusterParts {
  options: ClusterOptions;
  /** What this node knows. */
  store: Store;
  /** What this node keeps for itself. */
  own: Stores;
}

/** An open cluster. */
export interface Cluster {
  stores: Stores;
  /** Largest body of events, in bytes. */
  maxBatchBytes: number;
  close(): Promise<void>;
}

/**
 * Connects, makes what is missing, and reads what there is.
 *
 * @throws AgentError when no server can be reached, is fit, or gets ready
 */
export async function openCluster({ options, store, own }: ClusterParts): Promise<Cluster> {
  const link = await ClusterLink.open(options);
  try {
    return await assemble(link, store, own);
  } catch (error) {
    await link.close();
    throw error;
  }
}

async function assemble(link: ClusterLink, store: Store, own: Stores): Promise<Cluster> {
  const names = await whenReady("get ready", () => prepare(link));
  const followers = documentFollowers({ link, names, store });
  await Promise.all(followers.map((follower) => follower.start()));
  const report = (agentId: string, { reports, group }: Submission) =>
    reports.length > 0
      ? own.orders.report(agentId, reports, group.receivedAtMs)
      : Promise.resolve();
  const events = new JetStreamEventLog({
    link,
    names,
    agents: own.agents,
    counts: store.events,
    report,
    followers,
  });
  return {
    stores: { ...own, events },
    maxBatchBytes: link.maxBatchBytes,
    close: async () => {
      const stopped = followers.map((follower) => follower.stop());
      await link.close();
      await Promise.all(stopped);
    },
  };
}

async function prepare(link: ClusterLink): Promise<Names> {
  const { options } = link;
  const keys = await Bucket.open<ClusterConfig>(link, new Names(options.name, 1).of("KEYS"), {
    history: 5,
  });
  const { event_streams } = await clusterConfig(keys, options);
  const names = new Names(options.name, event_streams);
  await ensureEventStreams(link, names);
  return names;
}
