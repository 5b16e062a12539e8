/**
 * Rollouts and what they roll out, for an import.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { ReleaseBucket } from "../../cluster/releases/release_bucket.ts";
import type { RolloutDocument } from "../../cluster/releases/rollout_documents.ts";
import { RolloutViews } from "../../rollouts/rollout_views.ts";
import type { Wave } from "../../rollouts/rollout.ts";
import { create, type ImportParts, type Put } from "./put.ts";

/** Agents in one list. */
const CHUNK = 5_000;

/** Lists of agents first, and then the rollout that names them. */
export async function putRollouts({ single, cluster }: ImportParts, put: Put): Promise<void> {
  const bucket = cluster.buckets.rollouts;
  const views = new RolloutViews(single.database);
  for (const rollout of views.list()) {
    const lists = `import.${rollout.id}`;
    const waves: RolloutDocument["waves"] = [];
    for (const wave of views.waves(rollout.id)) {
      const parts = partsOf(views.agentsInWave(rollout.id, wave.number));
      const keys = parts.map((_, index) => keyOf(lists, wave, index));
      for (const [index, agents] of parts.entries()) {
        await create<RolloutDocument | readonly string[]>(bucket, keyOf(lists, wave, index), {
          value: agents,
          put,
        });
      }
      waves.push({ ...wave, lists: keys });
    }
    await create<RolloutDocument | readonly string[]>(bucket, `rollout.${rollout.id}`, {
      value: { lists, rollout, waves },
      put,
    });
  }
}

/** Manifests come behind the files that they name. */
export async function putReleases(
  { single, link, cluster: { names } }: ImportParts,
  put: Put,
): Promise<void> {
  const files = single.releases();
  if (files.length === 0) return;
  const bucket = await ReleaseBucket.open(link, names.of("RELEASES"));
  for (const { name, path } of files) {
    const there = await bucket.find(name);
    if (there !== undefined && there.sha256 === await digestOf(path)) continue;
    await bucket.put(name, path);
    put.written++;
  }
}

function keyOf(lists: string, { number }: Wave, index: number): string {
  return `agents.${lists}.${number}-${index}`;
}

function partsOf(agents: readonly string[]): string[][] {
  return Array.from(
    { length: Math.ceil(agents.length / CHUNK) },
    (_, index) => agents.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  for await (const piece of file.readable) hash.update(piece);
  return hash.digest("hex");
}
