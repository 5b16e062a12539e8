/**
 * `manager cluster import`: moves what a manager that was alone has kept into a cluster that nothing is on yet.
 *
 * Everything is put by compare-and-set, what is there is left, and no manager starts until all of it is there (see `moves.ts`). So an
 * import that was killed is gone on with by giving the command again, and one that has ended changes nothing.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { whenReady } from "../../cluster/link/assets.ts";
import { Bucket } from "../../cluster/link/bucket.ts";
import { prepare } from "../../cluster/prepare.ts";
import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import { beginMove, endMove, moveUnderWay } from "../../cluster/moves/moves.ts";
import { Names } from "../../cluster/link/names.ts";
import { newestMessage } from "../../cluster/link/newest_message.ts";
import { SecretBox } from "../../cluster/link/secret_box.ts";
import type { OrderKeeping } from "../../commands/order_deadlines.ts";
import { AgentError } from "../../../shared/errors.ts";
import { contentOf, refuseWithManagers } from "../content.ts";
import { IMPORTED } from "./parts.ts";
import type { SingleManager, SourceCounts } from "./single_manager.ts";

/** What {@linkcode importManager} goes by. */
interface ImportOptions {
  single: SingleManager;
  keeping: OrderKeeping;
  /** Looks, and puts nothing. */
  dryRun: boolean;
}

/** What became of an import. */
export interface Imported {
  outcome: "imported" | "imported before" | "dry run";
  /** What the manager has. */
  counts: SourceCounts;
  /** Messages and values that were missing on the cluster. */
  written: number;
  /** Events that are larger than a message may be: they are left behind. */
  too_large: number;
  /** What a cluster does not keep, in words. */
  left_behind: string[];
}

/** Written down once an import has ended. */
interface ImportRecord {
  prefix: string;
  source: string;
  at: number;
}

const RECORD = "imported";

/**
 * Imports.
 *
 * @throws AgentError when the cluster has other content or managers, or another move is under way; StoreUnavailable when it cannot
 * take something now: then the same command goes on
 */
export async function importManager(
  link: ClusterLink,
  { single, keeping, dryRun }: ImportOptions,
): Promise<Imported> {
  const told = { counts: await single.counts(), left_behind: single.leftBehind() };
  const nothing = { written: 0, too_large: 0 };
  const source = sourceOf(link, single);
  SecretBox.fromFile(link.options.secret_file);
  const record = await recordOf(link);
  const before = await checkTarget(link, { single, source, record });
  if (before) return { outcome: "imported before", ...told, ...nothing };
  if (dryRun) return { outcome: "dry run", ...told, ...nothing };
  await beginMove(link, { kind: "import", source });
  // A manager may have started in between: it goes away again by itself, but knows nothing of what comes.
  await refuseWithManagers(link);
  const cluster = await whenReady("get ready", () => prepare(link, keeping));
  const put = { written: 0, tooLarge: 0 };
  for (const part of Object.values(IMPORTED)) await part({ single, link, cluster }, put);
  await writeRecord(link, { prefix: single.prefix, source, at: Date.now() });
  await endMove(link);
  return { outcome: "imported", ...told, written: put.written, too_large: put.tooLarge };
}

/** What is moved, and into how large messages: a second run must make the same ones. */
function sourceOf(link: ClusterLink, single: SingleManager): string {
  return createHash("sha256").update(`${single.fingerprint()} ${link.maxBatchBytes}`).digest("hex");
}

/** Resolves to whether this very manager has been imported already. */
async function checkTarget(
  link: ClusterLink,
  { single, source, record }: {
    single: SingleManager;
    source: string;
    record: ImportRecord | undefined;
  },
): Promise<boolean> {
  const move = await moveUnderWay(link);
  if (record?.prefix === single.prefix && move === undefined) {
    if (record.source === source) return true;
    throw new AgentError("failed", "The manager was imported before, and has run since", {
      hint:
        "agents were left with it: take them to the cluster. What came to it since stays with it",
    });
  }
  await refuseWithManagers(link);
  if (move?.kind === "import" && move.source !== source) throw changed();
  if (move === undefined) refuseContent(link, await contentOf(link));
  return false;
}

function changed(): AgentError {
  return new AgentError("failed", "An import into this cluster is under way, and not of this", {
    hint:
      "go on with the same manager, not started since; or take another cluster.name for this one",
  });
}

function refuseContent({ options }: ClusterLink, content: readonly string[]): void {
  if (content.length === 0) return;
  throw new AgentError(
    "failed",
    `Cluster "${options.name}" is not empty: ${content.join(", ")}`,
    { hint: "give the cluster another name (cluster.name): what is there stays as it is" },
  );
}

async function recordOf(link: ClusterLink): Promise<ImportRecord | undefined> {
  const bucket = new Names(link.options.name, 1).of("KEYS");
  const place = { stream: `KV_${bucket}`, subject: `$KV.${bucket}.${RECORD}` };
  const message = await newestMessage(link, place);
  return message?.json<ImportRecord>();
}

async function writeRecord(link: ClusterLink, record: ImportRecord): Promise<void> {
  const name = new Names(link.options.name, 1).of("KEYS");
  const bucket = await Bucket.open<ImportRecord>(link, name, { history: 5 });
  await bucket.change(RECORD, () => record);
}
