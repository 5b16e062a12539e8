/**
 * `deno task faults`: three NATS servers, three managers and agents, of which one or another is killed or stands still all the time.
 * Afterwards every batch that was answered is stored exactly once, every order has ended once and the same at all managers, and nobody
 * was called lost.
 *
 * @module
 */

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { parseArgs } from "node:util";
import { CLUSTER_PROGRAM, NatsCluster } from "../support/nats_cluster.ts";
import { randomFrom } from "../support/random.ts";
import { TempFolder } from "../support/queues.ts";
import { FaultAgent, type Fleet } from "./agents.ts";
import { goWrong } from "./faults.ts";
import { ManagerProcess } from "./managers.ts";
import { Operator } from "./operator.ts";

const STREAM = "manager_EVENTS_0";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    agents: { type: "string", default: "50" },
    only: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
  },
});
if (CLUSTER_PROGRAM === undefined) {
  console.error("There is no nats-server for this: run .ci/nats_server first");
  Deno.exit(1);
}
console.log(`Seed ${values.seed}`);
const random = randomFrom(Number(values.seed));
using folder = new TempFolder();
await using servers = await NatsCluster.start("sync_interval: always");
const secret = folder.file("secret");
await Deno.writeTextFile(secret, "a secret of thirty-two characters", { mode: 0o600 });
const managers = ["m1", "m2", "m3"].map((node) =>
  new ManagerProcess({
    node,
    folder: folder.path,
    args: [
      "--http",
      ...["--cluster", servers.urls.join(","), "--cluster-secret", secret],
      ...[
        "--keepalive-interval",
        "5s",
        "--keepalive-timeout",
        "45s",
        "--keepalive-max-missed",
        "100",
      ],
      ...["--login-rate", "0", "--token-ttl", "1h", "--log-level", "warn"],
      ...["--max-connections", "0", "--max-connections-per-address", "0"],
    ],
  })
);
await Promise.all(managers.map((manager) => manager.start()));
const ending = new AbortController();
const fleet: Fleet = {
  managers,
  random,
  ending: ending.signal,
  acknowledged: new Set(),
  wrong: [],
  done: new Map(),
  silence: { longestMs: 0, lastMs: performance.now() },
};
const operator = new Operator(managers, random);
const agents = Array.from(
  { length: Number(values.agents) },
  (_, index) => new FaultAgent(fleet, index),
);
for (const agent of agents) await agent.register(await operator.token());
fleet.silence.lastMs = performance.now();
const running = agents.map((agent) => agent.run());
const watching = operator.watch(agents, ending.signal);
const faults = await goWrong(
  { servers, managers, stream: STREAM, random },
  { untilMs: performance.now() + Number(values.minutes) * 60_000, only: values.only },
);
await operator.whenAllDone();
ending.abort();
await Promise.all([...running, watching]);

const stored = await storedBatches();
const problems = [
  ...fleet.wrong.map((text) => `Wrong answer: ${text}`),
  ...[...fleet.acknowledged].filter((key) => stored.get(key) === undefined).map((key) =>
    `Lost: ${key}`
  ),
  ...[...stored].filter(([, times]) => times > 1).map(([key, times]) =>
    `Stored ${times} times: ${key}`
  ),
  ...operator.problems,
  ...await operator.differences(),
];
for (const [name, times] of faults) console.log(`${String(times).padStart(4)}  ${name}`);
console.log(
  `${fleet.acknowledged.size} batches answered, ${operator.given} orders, longest silence ${
    (fleet.silence.longestMs / 1_000).toFixed(1)
  } s`,
);
for (const problem of problems.slice(0, 50)) console.log(problem);
console.log(
  problems.length === 0
    ? "Nothing lost, nothing doubled, nobody called lost"
    : `${problems.length} problems`,
);
await Promise.all(managers.map((manager) => manager.end("SIGTERM")));
Deno.exitCode = problems.length === 0 ? 0 : 1;

/** How often each batch is stored, but for those of results. */
async function storedBatches(): Promise<Map<string, number>> {
  const connection = await connect({ servers: servers.urls });
  const { state } = await (await jetstreamManager(connection)).streams.info(STREAM);
  const consumer = await jetstream(connection).consumers.get(STREAM, { headers_only: true });
  const counts = new Map<string, number>();
  if (state.messages > 0) {
    for await (const { headers, info } of await consumer.consume()) {
      const key = headers?.get("Batch") ?? "";
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (info.pending === 0) break;
    }
  }
  await connection.close();
  return counts;
}
