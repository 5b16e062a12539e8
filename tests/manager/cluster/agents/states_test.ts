import assert from "node:assert/strict";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { TestClient, TestManager } from "../../harness.ts";
import { Heard } from "../../keep_alive/watch_scene.ts";
import { clusterOptions } from "../../stores/contract.ts";
import { DEFAULTS } from "../../../../src/manager/config/manager_options.ts";

const COMMANDS = "/api/v1/commands";
const TIMEOUT_MS = 3_000;
const MONITOR = {
  ...DEFAULTS.keepAlive,
  interval: 1_000,
  timeout: TIMEOUT_MS,
  retry_interval: 500,
};

/** Managers of a cluster, each with a clock and an ear of its own. */
class Managers implements AsyncDisposable {
  readonly #open: TestManager[] = [];
  readonly #options: ReturnType<typeof clusterOptions>;

  constructor(url: string) {
    this.#options = clusterOptions([url]);
  }

  async open(node: string, changes: Partial<typeof MONITOR> = {}, heard = new Heard()) {
    const clock = new MemoryClock(Date.now());
    const cluster = { ...this.#options, node };
    const keepAlive = { ...MONITOR, ...changes };
    const options = {
      agent: false,
      cluster,
      clock,
      keepAlive,
      announcer: heard,
      pollTimeoutMs: 86_400_000,
    };
    const test = await TestManager.open(options);
    this.#open.push(test);
    return { test, clock, heard };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map((test) => test.manager.close().catch(() => {})));
  }
}

type Node = Awaited<ReturnType<Managers["open"]>>;

/** The agent of one manager, talking to another. */
function at({ test }: Node, { agentId, agentToken }: TestClient): TestClient {
  return Object.assign(new TestClient(test.fetch), { agentId, agentToken });
}

/** Lets `ms` pass at a manager, in steps in which the cluster can answer. */
async function pass({ clock }: Node, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const stateAt = ({ test }: Node, id: string) =>
  test.manager.keepAlive.views.list({ limit: 10, after: "" }).agents.find((one) => one.id === id)
    ?.status;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What was told of changes, by whichever of these managers. */
const told = (...nodes: Node[]) =>
  nodes.flatMap(({ heard }) => heard.changes.splice(0)).map(({ current }) => current);

/** The same, once there are so many. */
async function toldOf(changes: number, ...nodes: Node[]): Promise<string[]> {
  await until(() => nodes.reduce((sum, { heard }) => sum + heard.changes.length, 0) >= changes);
  return told(...nodes);
}

clusterTest(
  "cluster: an agent that moves to another manager is not called lost at the one that it left",
  async () => {
    await using server = await startOne();
    await using managers = new Managers(server.url);
    const [one, other] = [await managers.open("one"), await managers.open("other")];
    await one.test.enrol();
    const first = one.test.get(COMMANDS);
    await until(() => stateAt(one, one.test.agentId) === "active");
    await until(() => stateAt(other, one.test.agentId) === "active");
    const moved = at(other, one.test);
    void moved.get(COMMANDS).catch(() => {});
    await until(() => !one.test.manager.stores.holding.isHeld(moved.agentId));
    await pass(one, 3 * TIMEOUT_MS);
    assert.deepEqual(await toldOf(2, one, other), ["pending", "active"]);
    assert.equal(stateAt(one, moved.agentId), "active");
    await pass(other, 3 * TIMEOUT_MS);
    const last = await toldOf(1, one, other);
    assert.deepEqual(last, ["disconnected"], "where it was heard last, it is");
    await until(() => stateAt(one, moved.agentId) === "disconnected");
    void first.catch(() => {});
  },
);

clusterTest(
  "cluster: signs of life at another manager keep an agent alive at the one that watches it",
  async () => {
    await using server = await startOne();
    await using managers = new Managers(server.url);
    const [one, other] = [await managers.open("one"), await managers.open("other")];
    await one.test.enrol();
    await until(() => stateAt(other, one.test.agentId) === "pending");
    const elsewhere = at(other, one.test);
    for (let times = 0; times < 4; times++) {
      await (await elsewhere.get("/api/v1/files?file_name=x.yml")).body?.cancel();
      await pass(other, 1_500);
      await pass(one, 1_000);
    }
    assert.equal(one.test.manager.stores.holding.isHeld(elsewhere.agentId), true);
    assert.equal(stateAt(one, elsewhere.agentId), "active");
    assert.deepEqual(await toldOf(2, one, other), ["pending", "active"]);
  },
);

clusterTest(
  "cluster: the agents of a manager that has gone are watched by another, from then on",
  async () => {
    await using server = await startOne();
    await using managers = new Managers(server.url);
    const [one, other] = [await managers.open("one"), await managers.open("other")];
    await one.test.enrol();
    void one.test.get(COMMANDS).catch(() => {});
    await until(() => stateAt(other, one.test.agentId) === "active");
    await pass(one, 1_000);
    assert.deepEqual(await toldOf(2, one), ["pending", "active"]);
    const { agentId } = one.test;
    await one.test.manager.close();
    // The lease was given back, so that nobody waits for its end; whoever has the duty looks every 5 s.
    while (!other.test.manager.stores.holding.isHeld(agentId)) await pass(other, 1_000);
    assert.deepEqual(told(other), []);
    await pass(other, 4 * TIMEOUT_MS);
    assert.deepEqual(await toldOf(1, other), ["disconnected"]);
  },
);

clusterTest(
  "cluster: a manager that is cut off calls nobody lost, and counts silence anew when it is back",
  async () => {
    await using server = await startOne();
    await using managers = new Managers(server.url);
    const one = await managers.open("one", { interval: 12_000, timeout: 30_000 });
    await one.test.enrol();
    await until(() => stateAt(one, one.test.agentId) === "pending");
    server.freeze();
    await one.clock.advance(60_000);
    assert.equal(one.test.manager.stores.holding.canJudge(), false);
    server.thaw();
    while (!one.test.manager.stores.holding.canJudge()) await pass(one, 500);
    assert.deepEqual(await toldOf(1, one), ["pending"]);
  },
);

/** One that never gets rid of what it is to announce. */
class Stuck extends Heard {
  passedOn(): Promise<void> {
    return new Promise(() => {});
  }
}

clusterTest(
  "cluster: what a manager could not announce before it ended another one does, and it can be told from a new change",
  async () => {
    await using server = await startOne();
    await using managers = new Managers(server.url);
    const one = await managers.open("one", {}, new Stuck());
    const other = await managers.open("other");
    await one.test.enrol();
    await pass(one, 1_000);
    await until(() => one.heard.changes.length === 1);
    assert.deepEqual(other.heard.changes, []);
    await one.test.manager.close();
    await pass(other, 2_000);
    await until(() => other.heard.changes.length === 1);
    assert.deepEqual(other.heard.changes, one.heard.changes);
    const [{ changeId = "", agentId = "" } = {}] = other.heard.changes;
    assert.match(changeId, new RegExp(`^${agentId}-\\d+$`));
  },
);
