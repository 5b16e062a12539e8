/**
 * `manager cluster restore`: puts a backup back, stream by stream. The backup is looked at as a whole before anything is changed, and no
 * manager starts until all of it is there (see `moves.ts`); one that was killed is gone on with by the same command.
 *
 * @module
 */

import type { StreamConfig, StreamState } from "@nats-io/jetstream";
import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import {
  beginMove,
  endMove,
  type Move,
  movedStream,
  moveUnderWay,
} from "../../cluster/moves/moves.ts";
import { SecretBox } from "../../cluster/link/secret_box.ts";
import { restoreSnapshot } from "../../cluster/moves/stream_snapshot.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { contentOf, refuseWithManagers, streamsOf } from "../content.ts";
import { dropEndedOrders } from "./ended_orders.ts";
import {
  type BackupStream,
  identityOf,
  type Manifest,
  piecesOf,
  PROBE,
  readBackup,
  snapshotPath,
} from "./manifest.ts";

/** What {@linkcode restoreBackup} goes by. */
interface RestoreOptions {
  folder: string;
  /** Whether what is on the cluster is removed. */
  replace: boolean;
  /** Told what is removed, before it is. */
  warn(text: string): void;
}

/** What was put back. */
interface Restored {
  manifest: Manifest;
  /** Orders that were both open and done. */
  ended_orders: number;
}

/**
 * Restores.
 *
 * @throws AgentError when the backup is damaged or of something else, the cluster has content or managers, or a stream is not taken
 */
export async function restoreBackup(
  link: ClusterLink,
  { folder, replace, warn }: RestoreOptions,
): Promise<Restored> {
  const manifest = await readBackup(folder);
  refuseForeign(link, manifest);
  await refuseWithManagers(link);
  const move = await begin(link, { source: identityOf(manifest), replace, warn });
  await refuseWithManagers(link);
  await restoreStreams(link, { manifest, folder, move });
  const ended_orders = await dropEndedOrders(link);
  await endMove(link);
  return { manifest, ended_orders };
}

function refuseForeign({ options }: ClusterLink, { cluster, probe }: Manifest): void {
  if (cluster !== options.name) {
    throw new AgentError(
      "failed",
      `The backup is of cluster "${cluster}", this one is "${options.name}"`,
      { hint: `restore it as --cluster-name ${cluster}: all names on the cluster begin with it` },
    );
  }
  try {
    SecretBox.fromFile(options.secret_file).open(probe, PROBE);
  } catch (error) {
    if (error instanceof AgentError && error.code === "config_invalid") throw error;
    throw new AgentError("failed", "The keys in the backup were encrypted with another secret", {
      hint:
        "give the secret file that the cluster had when the backup was made (cluster.secret_file)",
    });
  }
}

async function begin(
  link: ClusterLink,
  { source, replace, warn }: { source: string } & Pick<RestoreOptions, "replace" | "warn">,
): Promise<Move> {
  const { name } = link.options;
  const underWay = await moveUnderWay(link);
  const isOurs = underWay?.kind === "restore" && underWay.source === source;
  if (!isOurs) {
    const content = await contentOf(link);
    if (content.length > 0 && !replace) throw notEmpty(name, content);
    if (content.length > 0) warn(`REMOVING what is on cluster "${name}": ${content.join(", ")}`);
    if (underWay !== undefined && replace) await endMove(link);
  }
  return await beginMove(link, { kind: "restore", source });
}

function notEmpty(name: string, content: readonly string[]): AgentError {
  return new AgentError("failed", `Cluster "${name}" is not empty: ${content.join(", ")}`, {
    hint: "restore into one that nothing is on, or have all of it removed first with --replace",
  });
}

async function restoreStreams(
  link: ClusterLink,
  { manifest, folder, move }: { manifest: Manifest; folder: string; move: Move },
): Promise<void> {
  let begun = move;
  for (const { what, info } of await streamsOf(link)) {
    if (!begun.done.includes(what)) await link.manager.streams.delete(info.config.name);
  }
  // Those that were taken last first: keys and agents are there before what is theirs.
  for (const stream of manifest.streams.toReversed()) {
    if (begun.done.includes(stream.what)) continue;
    await restoreStream(link, folder, stream);
    begun = await movedStream(link, begun, stream.what);
  }
}

async function restoreStream(
  link: ClusterLink,
  folder: string,
  stream: BackupStream,
): Promise<void> {
  const { replicas } = link.options;
  const config = { ...stream.config, num_replicas: replicas } as unknown as StreamConfig;
  const state = stream.state as unknown as StreamState;
  try {
    await restoreSnapshot(link, { config, state }, piecesOf(snapshotPath(folder, stream)));
  } catch (error) {
    throw new AgentError("failed", `Cannot restore ${config.name}: ${messageOf(error)}`, {
      cause: error,
      hint:
        "see that the NATS servers run and their disks have room; the same command goes on where it was",
    });
  }
}
