/**
 * Streams and buckets: made by whoever comes first. One that exists with other settings is told of, and left alone.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import type { ClusterLink } from "./cluster_link.ts";
import type { Names } from "./names.ts";

const log = getLogger(["manager", "cluster"]);

const NAME_IN_USE = 10_058;
/** The smallest that servers take: nothing rests on it. */
const DUPLICATE_WINDOW_MS = 100;
/** A cluster that has just started swallows requests until it has a leader. */
const READY_WITHIN_MS = 60_000;
const AGAIN_AFTER_MS = 250;

/** Makes the streams of events. */
export async function ensureEventStreams(link: ClusterLink, names: Names): Promise<void> {
  const { max_age, max_bytes, replicas } = link.options;
  for (const [index, name] of names.eventStreams.entries()) {
    await ensureStream(link, {
      name,
      subjects: [names.eventSubjects(index)],
      num_replicas: replicas,
      max_bytes,
      max_age: nanos(max_age),
      // Refused is kept by the agent; what is dropped in silence is lost.
      discard: DiscardPolicy.New,
      // Not compressed: a server that is killed may then find its copy unreadable (docs/decisions/0047).
      compression: StoreCompression.None,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      // Every answer has to be the leader's.
      allow_direct: false,
    });
  }
}

/** Makes a stream. */
export async function ensureStream(
  { manager }: ClusterLink,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const wanted = { retention: RetentionPolicy.Limits, storage: StorageType.File, ...config };
  try {
    await manager.streams.add(wanted);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NAME_IN_USE) throw error;
    log.warn(
      "Stream {name} has other settings than this manager would give it; it is left as it is",
      {
        name: config.name,
      },
    );
  }
}

/**
 * Does `work` again and again until it succeeds: at its start a cluster answers late, or not at all.
 *
 * @throws AgentError when it never did
 */
export async function whenReady<T>(what: string, work: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AgentError) throw error;
      if (performance.now() > untilMs) {
        throw new AgentError("failed", `The cluster does not ${what}: ${messageOf(error)}`, {
          cause: error,
          hint:
            "see that a majority of the NATS servers runs, with JetStream on and room on their disks",
        });
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }
}
