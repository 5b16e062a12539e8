import assert from "node:assert/strict";
import { JetStreamApiError, type StreamInfo } from "@nats-io/jetstream";
import { BrokerWatch } from "../../../../src/manager/cluster/link/broker_watch.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { clusterTest, NatsCluster } from "../../../support/nats_cluster.ts";
import { TestManager } from "../../harness.ts";
import { clusterOptions } from "../../stores/contract.ts";

type Answer = Pick<StreamInfo, "config" | "cluster">;

const SECOND = 1_000_000_000;

/** A stream of three servers, with a leader and what it hears of the two others. */
function stream(...replicas: { active: number; offline?: boolean }[]): Answer {
  return {
    config: { num_replicas: 3 },
    cluster: {
      name: "c",
      leader: "s0",
      replicas: replicas.map((one, index) => ({
        name: `s${index + 1}`,
        current: true,
        lag: 0,
        ...one,
      })),
    },
  } as unknown as Answer;
}

const FINE = stream({ active: SECOND }, { active: SECOND });

/** A watch of one stream, whose answer can be changed. */
function scene() {
  const clock = new FakeClock();
  const state = { connected: true, answer: (): Promise<Answer> => Promise.resolve(FINE) };
  const watch = new BrokerWatch({
    clock,
    streams: ["EVENTS_0"],
    isConnected: () => state.connected,
    info: () => state.answer(),
  });
  return { clock, state, watch };
}

Deno.test("BrokerWatch finds nothing wrong while a leader hears from a majority", async () => {
  const { state, watch } = scene();
  for (const answer of [FINE, stream({ active: SECOND }, { active: 60 * SECOND, offline: true })]) {
    state.answer = () => Promise.resolve(answer);
    await watch.look();
    assert.equal(watch.trouble(), undefined);
  }
});

Deno.test("BrokerWatch tells of a leader that hears from nobody, though it calls itself one still", async () => {
  const { clock, state, watch } = scene();
  await watch.look();
  const fineMs = clock.now();
  await clock.advance(2_000);
  state.answer = () =>
    Promise.resolve(stream({ active: 5 * SECOND }, { active: 0, offline: true }));
  await watch.look();
  assert.deepEqual(watch.trouble(), {
    reason: "no_quorum",
    message: "too few servers of the cluster are there to confirm anything",
    sinceMs: fineMs,
  });
  await clock.advance(2_000);
  await watch.look();
  assert.equal(watch.trouble()?.sinceMs, fineMs);
  state.answer = () => Promise.resolve(FINE);
  await watch.look();
  assert.equal(watch.trouble(), undefined);
});

Deno.test("BrokerWatch tells of a stream without a leader, as one or the other server says it", async () => {
  const { state, watch } = scene();
  const { config } = FINE;
  const without = { config, cluster: { name: "c", replicas: [] } } as unknown as Answer;
  const unavailable = new JetStreamApiError({
    code: 503,
    err_code: 10_008,
    description: "JetStream system temporarily unavailable",
  });
  for (const answer of [() => Promise.resolve(without), () => Promise.reject(unavailable)]) {
    state.answer = answer;
    await watch.look();
    assert.equal(watch.trouble()?.reason, "no_leader");
  }
});

Deno.test("BrokerWatch takes one look without an answer for a busy server, and two for trouble", async () => {
  const { state, watch } = scene();
  state.answer = () => Promise.reject(new Error("timeout"));
  await watch.look();
  assert.equal(watch.trouble(), undefined);
  await watch.look();
  assert.equal(watch.trouble()?.reason, "no_quorum");
});

Deno.test("BrokerWatch tells at once when the connection is gone", () => {
  const { state, watch } = scene();
  state.connected = false;
  assert.equal(watch.trouble()?.reason, "no_broker");
});

clusterTest(
  "cluster: /ready tells that the quorum is gone when two of three servers are killed, then that the broker is",
  async () => {
    await using cluster = await NatsCluster.start();
    const options = clusterOptions(cluster.urls, { replicas: 3 });
    await using test = await TestManager.open({ cluster: options, agent: false });
    // Looks are made as the clock says, and servers need time of their own between them.
    const ready = async () => {
      await test.clock.advance(2_000);
      const answer = await test.fetch("http://manager/ready");
      return { status: answer.status, ...await answer.json() };
    };
    const [first, second, third] = cluster.servers;
    await Promise.all([first?.goAway(), second?.goAway()]);
    const { reason } = await eventually(ready, ({ status }) => status === 503);
    assert.ok(["no_quorum", "no_leader", "no_broker"].includes(reason), reason);
    await third?.goAway();
    await eventually(ready, ({ reason }) => reason === "no_broker");
    assert.equal((await test.fetch("http://manager/health")).status, 200);
  },
);
