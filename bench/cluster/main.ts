/**
 * `deno task bench:cluster`: a cluster of managers on three NATS servers of this machine. Only ratios mean anything: servers, managers
 * and senders share its processors.
 *
 * @module
 */

import { clusterSchema } from "../../src/manager/cluster/options_schema.ts";
import { ManagerProcess } from "../../tests/faults/managers.ts";
import { NatsCluster } from "../../tests/support/nats_cluster.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { Agent } from "./agent.ts";
import { openNode, orderAll, putAgents } from "./nodes.ts";
import { throughput } from "./throughput.ts";

const WAKES = 200;

using folder = new TempFolder();
await using servers = await NatsCluster.start();
const secret_file = folder.file("secret");
await Deno.writeTextFile(secret_file, "a secret of thirty-two characters", { mode: 0o600 });
const managers = ["m1", "m2"].map((node) =>
  new ManagerProcess({
    node,
    folder: folder.path,
    args: [
      "--http",
      ...["--cluster", servers.urls.join(","), "--cluster-secret", secret_file],
      ...["--login-rate", "0", "--token-ttl", "1h", "--log-level", "warn"],
      ...["--max-connections", "0", "--max-connections-per-address", "0"],
    ],
  })
);
const [one, other] = managers as [ManagerProcess, ManagerProcess];
await one.start();
const token = await userToken();

console.log("Batches a second, median of 3 rounds by turns:");
for (const [events, atOnce] of [[1_000, 8], [100, 32], [1, 32]] as const) {
  const agents = await Promise.all(
    Array.from({ length: atOnce }, () => new Agent(one).begin(token)),
  );
  const row = await throughput(servers.urls, agents, { events, atOnce });
  const ratio = (row.managerPerS / row.rawPerS).toFixed(2);
  console.log(
    `  ${events} events: raw ${row.rawPerS.toFixed(0)}, HTTP and one manager ${
      row.managerPerS.toFixed(0)
    }: ${ratio}`,
  );
}

await other.start();
const times = await wakes();
console.log(
  `An order given at one manager wakes a poll at the other: p50 ${
    times[WAKES / 2]?.toFixed(1)
  } ms, p99 ${times[Math.floor(WAKES * 0.99)]?.toFixed(1)} ms, from the request on`,
);
await Promise.all(managers.map((manager) => manager.stop()));

for (const agents of [10_000, 100_000]) {
  const options = clusterSchema.parse({
    servers: servers.urls,
    secret_file,
    name: `b${agents}`,
    max_bytes: "64MiB",
  });
  const first = await openNode(options, ":memory:");
  await first.close();
  await putAgents(options, agents);
  const node = await openNode(options, folder.file(`${agents}.db`));
  console.log(
    `A node loads ${agents} agents in ${(node.tookMs / 1_000).toFixed(1)} s; its memory grows by ${
      (node.rssBytes / 1e6).toFixed(0)
    } MB`,
  );
  if (agents === 10_000) {
    console.log(
      `An order for ${agents} agents is with all of them in ${
        ((await orderAll(node, agents)) / 1_000).toFixed(1)
      } s`,
    );
  }
  await node.close();
}

async function userToken(): Promise<string> {
  const answer = await fetch(`${one.management}/security/user/authenticate`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("wazuh:topsecret")}` },
  });
  return (await answer.json()).data.token;
}

/** Milliseconds from the request with an order to the answer of the poll, sorted. */
async function wakes(): Promise<number[]> {
  const agent = await new Agent(other).begin(token);
  const found: number[] = [];
  for (let times = 0; times < WAKES; times++) {
    const poll = agent.poll();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const beganMs = performance.now();
    const command = {
      source: "Engine",
      user: "bench",
      target: { type: "agent", id: agent.id },
      action: { name: "status", args: {}, version: "1" },
      timeout: 600,
    };
    const given = fetch(`${one.management}/_plugins/_command_manager/commands`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ commands: [command] }),
    }).then((answer) => answer.body?.cancel());
    const orders = await poll;
    found.push(performance.now() - beganMs);
    await given;
    for (const { document_id } of orders) await agent.report(document_id);
  }
  return found.toSorted((first, second) => first - second);
}
