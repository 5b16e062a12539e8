/**
 * `manager cluster backup`: every stream of a cluster, as its leader has it, in a folder. Managers may run meanwhile.
 *
 * Streams are taken one after the other, in an order in which what a later one knows of an earlier one does no harm: events first (what
 * an order came to is then at least as old as the order), an order's start before its end (it may be both open and done, never neither),
 * agents behind all that is theirs, keys last.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import { refuseDuringMove } from "../../cluster/moves/moves.ts";
import { SecretBox } from "../../cluster/link/secret_box.ts";
import { takeSnapshot } from "../../cluster/moves/stream_snapshot.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { VERSION } from "../../../shared/version.ts";
import { type ClusterStream, streamsOf } from "../content.ts";
import {
  type BackupStream,
  FORMAT,
  type Manifest,
  PROBE,
  snapshotPath,
  writeManifest,
} from "./manifest.ts";

const FIRST = [/^EVENTS_/, /^KV_ROLLOUTS$/, /^KV_ORDERS$/, /^DONE$/];
const LAST = [/^OBJ_/, /^KV_AGENTS$/, /^KV_KEYS$/];

/**
 * Makes a backup in a folder that is not there yet, or empty: it is there as a whole or not at all.
 *
 * @throws AgentError when the folder has something, there is nothing to back up, or a stream cannot be read
 */
export async function takeBackup(link: ClusterLink, folder: string): Promise<Manifest> {
  const { name, secret_file } = link.options;
  const probe = SecretBox.fromFile(secret_file).seal("", PROBE);
  await refuseDuringMove(link);
  const streams = inOrder(await streamsOf(link));
  if (streams.length === 0) {
    throw new AgentError("failed", `There is nothing of a cluster "${name}" on these servers`, {
      hint: "name the cluster as its managers do (cluster.name)",
    });
  }
  refuseUsed(folder);
  const draft = draftOf(folder);
  await Deno.remove(draft, { recursive: true }).catch(() => {});
  await Deno.mkdir(draft, { recursive: true, mode: 0o700 });
  const taken: BackupStream[] = [];
  for (const stream of streams) taken.push(await takeStream(link, stream, draft));
  const manifest: Manifest = {
    format: FORMAT,
    cluster: name,
    made_at: new Date().toISOString(),
    manager_version: VERSION,
    server_version: link.connection.info?.version ?? "",
    probe,
    streams: taken,
  };
  await writeManifest(draft, manifest);
  await Deno.rename(draft, folder);
  return manifest;
}

async function takeStream(
  link: ClusterLink,
  { what, info }: ClusterStream,
  folder: string,
): Promise<BackupStream> {
  const at = new Date().toISOString();
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    const { config, state, pieces } = await takeSnapshot(link, info.config.name);
    using file = await Deno.open(snapshotPath(folder, { what }), {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    for await (const piece of pieces) {
      hash.update(piece);
      bytes += piece.length;
      for (let written = 0; written < piece.length;) {
        written += await file.write(piece.subarray(written));
      }
    }
    await file.syncData();
    return { what, at, bytes, sha256: hash.digest("hex"), config, state };
  } catch (error) {
    throw new AgentError("failed", `Cannot back up ${info.config.name}: ${messageOf(error)}`, {
      cause: error,
      hint:
        "see that the stream has a leader (manager cluster doctor) and the disk has room, and try again",
    });
  }
}

/** Beside it, so that it can be renamed. */
function draftOf(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.unfinished`);
}

function refuseUsed(folder: string): void {
  try {
    if ([...Deno.readDirSync(folder)].length === 0) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
  }
  throw new AgentError("failed", `"${folder}" is there and is no empty folder`, {
    hint: "name a folder that is not there yet: each backup has one of its own",
  });
}

function inOrder(streams: readonly ClusterStream[]): ClusterStream[] {
  const rank = ({ what }: ClusterStream) => {
    const first = FIRST.findIndex((pattern) => pattern.test(what));
    return first >= 0 ? first : FIRST.length + 1 + LAST.findIndex((pattern) => pattern.test(what));
  };
  return streams.toSorted((one, other) =>
    rank(one) - rank(other) || (one.what < other.what ? -1 : 1)
  );
}
