/**
 * `deno run -A bench/cluster/wander.ts`: agents that go to two nodes by turns, with and without handing their batches over to the node that watches them, beside agents that
 * stay: by turns in one run. The nodes are in this process, so it is what lost compare-and-sets cost that shows, not HTTP.
 *
 * @module
 */

import { type ClusterOptions, clusterSchema } from "../../src/manager/cluster/options_schema.ts";
import {
  batchFor,
  type EventNode,
  openEventNodes,
} from "../../tests/manager/cluster/event_nodes.ts";
import { NatsCluster } from "../../tests/support/nats_cluster.ts";
import { TempFolder } from "../../tests/support/queues.ts";

const ROUND_MS = 2_000;
const ROUNDS = 5;
const AGENTS = 16;
/** Of 10 events of 526 bytes. */
const LINES = `{"module":"m"}\n{"event":"${"x".repeat(5_200)}"}`;

const KINDS = ["stays", "wanders", "wanders, handed over"] as const;

if (import.meta.main) {
  using folder = new TempFolder();
  await using servers = await NatsCluster.start();
  const secret_file = folder.file("secret");
  await Deno.writeTextFile(secret_file, "a secret of thirty-two characters", { mode: 0o600 });
  const rates = await wander(clusterSchema.parse({ servers: servers.urls, secret_file }));
  const most = rates[KINDS[0]] ?? NaN;
  for (const [kind, rate] of Object.entries(rates)) {
    console.log(`${kind}: ${rate.toFixed(0)} batches/s, ${(rate / most).toFixed(2)}`);
  }
}

/** Batches a second of each kind, medians. */
async function wander(options: ClusterOptions): Promise<Record<string, number>> {
  const handsOver = { now: false };
  const holderOf = (agentId: string) => handsOver.now ? nodeOf(agentId) : undefined;
  await using scene = await openEventNodes(options, ["n0", "n1"], holderOf);
  const rates = new Map<string, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of KINDS) {
      handsOver.now = kind === "wanders, handed over";
      rates.get(kind)?.push(await rate(scene.nodes, { round, stays: kind === "stays", kind }));
    }
  }
  return Object.fromEntries([...rates].map(([kind, all]) => [kind, median(all)]));
}

function nodeOf(agentId: string): string {
  return `n${Number(agentId.split("-").at(-1)) % 2}`;
}

async function rate(
  nodes: readonly EventNode[],
  { round, stays, kind }: { round: number; stays: boolean; kind: string },
): Promise<number> {
  const beganMs = performance.now();
  let sent = 0;
  await Promise.all(Array.from({ length: AGENTS }, async (_, agent) => {
    const agentId = `${kind}-${round}-${agent}`;
    for (let turn = agent; performance.now() - beganMs < ROUND_MS; turn++) {
      await batchFor(agentId, LINES)(nodes[(stays ? agent : turn) % 2] as EventNode);
      sent++;
    }
  }));
  return sent / (performance.now() - beganMs) * 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
