import assert from "node:assert/strict";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { again } from "../commands/scene.ts";
import type { TestClient } from "../harness.ts";
import {
  LATE_MS,
  RETRY_MS,
  sayGoodbye,
  SECOND_MS,
  sendEvents,
  TIMEOUT_MS,
  WatchScene,
} from "./watch_scene.ts";

const PAUSE_MS = 86_400_000;

/** Runs `before`, closes the manager, and runs `after` with another one a day later. */
async function acrossRestart<Kept>(
  before: (watch: WatchScene) => Promise<Kept>,
  after: (watch: WatchScene, kept: Kept) => Promise<void>,
): Promise<void> {
  const dataFolder = await Deno.makeTempDir();
  let kept: Kept;
  let closedAtMs: number;
  {
    await using watch = await WatchScene.open({ dataFolder });
    kept = await before(watch);
    closedAtMs = watch.clock.now();
  }
  {
    const clock = new FakeClock(closedAtMs + PAUSE_MS);
    await using watch = await WatchScene.open({ dataFolder, clock });
    await after(watch, kept);
  }
  await Deno.remove(dataFolder, { recursive: true });
}

Deno.test("after a restart every agent stands where it stood, with its last sign of life", () =>
  acrossRestart(async (watch) => {
    const [stopped, lost] = [await watch.activeAgent("stopped"), await watch.activeAgent("lost")];
    await watch.clock.advance(TIMEOUT_MS - 10 * SECOND_MS);
    await sendEvents(stopped);
    await sayGoodbye(stopped);
    await watch.clock.advance(10 * SECOND_MS + LATE_MS);
    const active = await watch.activeAgent("active");
    await watch.clock.advance(SECOND_MS);
    await sendEvents(active);
    await watch.scene.agent("pending");
    await settle();
    const { agents } = await watch.page();
    assert.deepEqual(
      agents.map(({ name, status }) => `${name} ${status}`).toSorted(),
      ["active active", "lost disconnected", "pending pending", "stopped stopped"],
    );
    assert.equal(agents.find(({ id }) => id === lost.agentId)?.missed_keep_alives, 3);
    return agents.map((agent) => ({ ...agent, missed_keep_alives: 0 }));
  }, async (watch, agents) => {
    assert.deepEqual((await watch.page()).agents, agents);
    assert.deepEqual(watch.heard.take(), []);
  }));

Deno.test("after a restart nobody is called lost before the whole timeout has passed again", () =>
  acrossRestart(
    (watch) => watch.activeAgent(),
    async (watch) => {
      await watch.clock.advance(TIMEOUT_MS - 1);
      assert.deepEqual(watch.heard.take(), []);
      await watch.clock.advance(1 + LATE_MS);
      assert.deepEqual(watch.heard.take(), ["active > disconnected: keepalive_timeout"]);
    },
  ));

Deno.test("after a restart an agent that comes back is told from one that was never away", () =>
  acrossRestart(
    async (watch): Promise<TestClient[]> => {
      const agents = [await watch.activeAgent("one"), await watch.activeAgent("two")];
      for (const agent of agents.slice(1)) await sayGoodbye(agent);
      return agents;
    },
    async (watch, agents) => {
      for (const agent of agents) await sendEvents(await again(agent, watch.scene));
      assert.deepEqual(watch.heard.take(), ["stopped > active: reconnected"]);
    },
  ));

Deno.test("a manager that stops tells what it has held back of an agent that flaps", async () => {
  const watch = await WatchScene.open();
  {
    await using _closed = watch;
    const agent = await watch.activeAgent();
    await watch.clock.advance(RETRY_MS);
    await sayGoodbye(agent);
    await agent.renewToken();
    assert.deepEqual(watch.heard.take(), ["active > stopped: agent_shutdown"]);
  }
  assert.deepEqual(watch.heard.take(), ["stopped > active: flapping (2)"]);
});
