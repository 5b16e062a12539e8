import assert from "node:assert/strict";
import { assertEnoughFiles } from "../../bench/swarm/file_limit.ts";
import { runSwarm } from "../../bench/swarm/main.ts";
import { parseSwarmOptions, type SwarmOptions } from "../../bench/swarm/options.ts";
import { type CommandReport, type LoadReport, targetsOf } from "../../bench/swarm/report.ts";
import { startManager } from "../../src/manager/server.ts";
import { clusterOptions } from "../manager/stores/contract.ts";
import { clusterTest, startOne } from "../support/nats_cluster.ts";

const AGENTS = 20;

/** A small swarm. */
function options(...more: string[]): SwarmOptions {
  const small = ["--agents", `${AGENTS}`, "--rate", "40", "--seconds", "1", "--batch-events", "3"];
  return parseSwarmOptions([...small, ...more]).options;
}

Deno.test("swarm goes through all phases, and its accounts agree with the manager's", async () => {
  const shown: string[] = [];
  const report = await runSwarm(options("--login-rate", "10"), (text) => shown.push(text));
  const { start, load, command, reconnects } = report;
  assert.deepEqual([start.logins.succeeded, start.logins.failed], [AGENTS, 0]);
  assert.ok(start.logins.put_off > 0, "10 log-ins pass at once");
  assert.deepEqual(load.batches, { taken: 40, failed: 0 });
  assert.equal(load.events_stored, 40 * 3);
  assert.equal(command.orders, AGENTS);
  const [kept, lost] = reconnects;
  assert.deepEqual(kept?.logins, { succeeded: 0, put_off: 0, failed: 0 });
  assert.deepEqual([lost?.logins.succeeded, lost?.logins.failed], [AGENTS, 0]);
  const [_sooner, ...nobodyShutOut] = report.targets;
  assert.deepEqual(nobodyShutOut.map(({ met }) => met), [true, true]);
  assert.match(shown.join("\n"), /^20 agents at https:.*\nRegistered +20 agents in /);
});

Deno.test("swarm leaves a manager that it was given running", async () => {
  await using manager = await startManager({ http: true, managementPort: 0, commsPort: 0 });
  const { managementUrl, commsUrl } = manager;
  const given = options("--url", managementUrl, "--comms-url", commsUrl);
  const { load, reconnects } = await runSwarm(given, () => {});
  assert.equal(load.events_stored, 40 * 3);
  assert.equal(load.manager, undefined);
  assert.deepEqual(reconnects, []);
  assert.equal(manager.manager.store.agents.count(), AGENTS);
});

clusterTest(
  "swarm counts each batch once that managers of a cluster took while one went away",
  async () => {
    await using server = await startOne();
    const cluster = clusterOptions([server.url]);
    const open = (node: string) =>
      startManager({
        http: true,
        managementPort: 0,
        commsPort: 0,
        cluster: { ...cluster, node },
      });
    await using first = await open("m1");
    await using second = await open("m2");
    const list = (of: "managementUrl" | "commsUrl") => `${first[of]},${second[of]}`;
    const given = options("--url", list("managementUrl"), "--comms-url", list("commsUrl"));
    let leaving: Promise<void> | undefined;
    const shown: string[] = [];
    const { load, command } = await runSwarm(given, (text) => {
      shown.push(text);
      if (text.startsWith("Polls open")) leaving = first.stop();
    });
    await leaving;
    assert.deepEqual(load.batches, { taken: 40, failed: 0 });
    assert.equal(load.events_stored, 40 * 3);
    assert.match(shown.join("\n"), /^Stored +120 events, 120 acknowledged$/m);
    assert.equal(command.orders, AGENTS);
  },
);

Deno.test({
  name: "swarm says what to do when the system allows too few connections",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    assert.throws(() => assertEnoughFiles(2e9, undefined), {
      message: /2000000000 agents need 4000000200 open files.*Try: ulimit -n 4000000200/,
    });
    assertEnoughFiles(1, Deno.pid);
  },
});

Deno.test("targetsOf() compares times of one run: a machine ten times slower meets the same", () => {
  const met = (scale: number) =>
    targetsOf({
      load: { answer_ms: { median: scale, p99: scale, max: scale } } as LoadReport,
      command: { orders: 5_000, delivered_seconds: 2.3 * scale } as CommandReport,
      reconnects: [],
    }).map((target) => target.met);
  assert.deepEqual(met(1), [true]);
  assert.deepEqual(met(10), [true]);
});
