/**
 * `deno task bench:cluster`: a cluster of managers on three NATS servers of this machine. Only ratios mean anything: servers, managers
 * and senders share its processors. With `--large` also 100,000 agents, which takes a minute more.
 *
 * @module
 */

import { loadavg } from "node:os";
import { clusterSchema } from "../../src/manager/cluster/options_schema.ts";
import { ManagerProcess } from "../../tests/faults/managers.ts";
import { NatsCluster } from "../../tests/support/nats_cluster.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { Agent } from "./agent.ts";
import { openNode, orderAll, putAgents } from "./nodes.ts";
import { silence } from "./silence.ts";
import { type Start, startOf } from "./starts.ts";
import { type Rate, RAW_SUBJECT, STREAM, throughput } from "./throughput.ts";
import { chains, PUBLISHES, wakes } from "./wakes.ts";

const SIZES = [10_000, 100_000];
const AGENTS_IN_SILENCE = 20;

using folder = new TempFolder();
let servers = await NatsCluster.start();
const secret_file = folder.file("secret");
await Deno.writeTextFile(secret_file, "a secret of thirty-two characters", { mode: 0o600 });

console.log(`Load of the machine at the start: ${loadavg()[0]?.toFixed(1)}`);
const [one, other] = [manager("m1", servers.urls.slice(0, 1)), manager("m2")];
const empty = await startOf(one, servers);
const token = await userToken(one);
await measureThroughput();
await other.start();
await measureWakes();
await one.stop();
await measureSilence();
await other.stop();
await servers[Symbol.asyncDispose]();
const starts = [];
for (const agents of Deno.args.includes("--large") ? SIZES : SIZES.slice(0, 1)) {
  starts.push(await measureStart(agents));
}
foresee(starts);
console.log(`Load of the machine at the end: ${loadavg()[0]?.toFixed(1)}`);

function manager(node: string, urls = servers.urls): ManagerProcess {
  return new ManagerProcess({
    node,
    folder: folder.path,
    args: [
      "--http",
      ...["--cluster", urls.join(","), "--cluster-secret", secret_file],
      ...["--login-rate", "0", "--token-ttl", "1h", "--log-level", "error"],
      ...["--max-connections", "0", "--max-connections-per-address", "0"],
    ],
  });
}

async function userToken({ management }: ManagerProcess): Promise<string> {
  const answer = await fetch(`${management}/security/user/authenticate`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("wazuh:topsecret")}` },
  });
  return (await answer.json()).data.token;
}

function agentsAt(at: ManagerProcess, count: number): Promise<Agent[]> {
  return Promise.all(Array.from({ length: count }, () => new Agent(at).begin(token)));
}

async function measureThroughput(): Promise<void> {
  console.log(
    "Batches a second, medians of 5 rounds by turns (processor time a batch: sender + manager + servers):",
  );
  for (const [events, atOnce] of [[1_000, 8], [100, 32], [1, 32]] as const) {
    const agents = await agentsAt(one, atOnce);
    const { raw, through, ratio } = await throughput({ servers, agents, events });
    console.log(
      `  ${events} events: raw ${told(raw)}, HTTP and one manager ${told(through)}: ${
        ratio.toFixed(2)
      }`,
    );
  }
}

function told({ perS, senderUs, managerUs, serversUs }: Rate): string {
  const parts = [senderUs, managerUs, serversUs].map((us) => us.toFixed(0)).join(" + ");
  return `${perS.toFixed(0)} (${parts} µs)`;
}

async function measureWakes(): Promise<void> {
  console.log(
    `An order given at one manager wakes a poll at the other, from the request on: ${
      spread(await wakes(one, other, token))
    }; ${PUBLISHES} raw publishes one after the other: ${spread(await chains(servers.urls))}`,
  );
}

function spread(sorted: readonly number[]): string {
  const at = (part: number) => `${sorted[Math.floor(sorted.length * part)]?.toFixed(1)} ms`;
  return `p50 ${at(0.5)}, p99 ${at(0.99)}`;
}

async function measureSilence(): Promise<void> {
  const agents = await agentsAt(other, AGENTS_IN_SILENCE);
  const { rawMs, agentsMs, oneAgentMs } = await silence(servers, agents, {
    stream: STREAM,
    subject: `${RAW_SUBJECT}.u`,
  });
  console.log(
    `The leader of the stream is killed, longest silence: raw publisher ${seconds(rawMs)}, ` +
      `${AGENTS_IN_SILENCE} agents ${seconds(agentsMs)}, one of them ${seconds(oneAgentMs)}`,
  );
}

async function measureStart(agents: number): Promise<Start & { agents: number }> {
  // What servers had to do before shows in their memory for long.
  servers = await NatsCluster.start();
  const options = clusterSchema.parse({ servers: servers.urls, secret_file, node: "loading" });
  const first = await openNode(options, ":memory:");
  await first.close();
  await putAgents(options, agents);
  const loading = manager("loading");
  const start = await startOf(loading, servers);
  await loading.stop();
  console.log(
    `A manager starts with ${agents} agents in ${seconds(start.tookMs)} (without any in ` +
      `${seconds(empty.tookMs)}), and has ${megabytes(start.managerBytes)} (${
        megabytes(empty.managerBytes)
      }); a NATS server has ${megabytes(start.serverBytes)} (${megabytes(empty.serverBytes)})`,
  );
  if (agents === SIZES[0]) await measureOrder(options, agents);
  await servers[Symbol.asyncDispose]();
  return { ...start, agents };
}

async function measureOrder(
  options: Parameters<typeof openNode>[0],
  agents: number,
): Promise<void> {
  const node = await openNode(options, folder.file("orders.db"));
  const tookMs = await orderAll(node, agents);
  console.log(`An order for ${agents} agents is with all of them in ${seconds(tookMs)}`);
  await node.close();
}

/** What a million agents would need, if what each of the largest fleet measured needs is what each needs. */
function foresee(measured: readonly (Start & { agents: number })[]): void {
  const largest = measured.at(-1);
  // What a small fleet needs is lost in what a manager without agents needs.
  if (largest === undefined || largest.agents !== SIZES.at(-1)) return;
  const times = 1_000_000 / largest.agents;
  const all = (figure: "tookMs" | "managerBytes" | "serverBytes") =>
    empty[figure] + (largest[figure] - empty[figure]) * times;
  console.log(
    `1,000,000 agents, from the figures of ${largest.agents}: a manager would start in ${
      seconds(all("tookMs"))
    } and have ${megabytes(all("managerBytes"))}, a NATS server ${megabytes(all("serverBytes"))}`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
