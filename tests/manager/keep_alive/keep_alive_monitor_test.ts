import assert from "node:assert/strict";
import { settle } from "../../support/fake_clock.ts";
import { KEY, registration } from "../harness.ts";
import {
  INTERVAL_MS,
  LATE_MS,
  OpenPoll,
  RETRY_MS,
  sayGoodbye,
  SECOND_MS,
  sendEvents,
  TIMEOUT_MS,
  WatchScene,
} from "./watch_scene.ts";

const STOP_TAKES_MS = 10 * SECOND_MS;

Deno.test("an agent is never_connected, pending after its first log-in, then active", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.scene.agent("box");
  assert.deepEqual(watch.heard.take(), ["never_connected > pending: first_contact"]);
  await agent.renewToken();
  assert.equal((await watch.stateOf(agent)).status, "pending");
  const poll = new OpenPoll(agent);
  await settle();
  assert.deepEqual(watch.heard.take(), ["pending > active: first_contact"]);
  assert.equal((await watch.stateOf(agent)).status, "active");
  await poll.close();
});

Deno.test("a silent agent's open poll is answered with an empty list; its next poll is the acknowledgement", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.activeAgent();
  const poll = new OpenPoll(agent);
  await watch.clock.advance(INTERVAL_MS - 1);
  assert.equal(poll.status, undefined);
  await watch.clock.advance(1 + LATE_MS);
  assert.deepEqual([poll.status, poll.commands], [200, []]);
  const [sent, ...others] = watch.heard.sent;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [sent?.agentId, sent?.agentName, sent?.ipAddress, sent?.intervalMs],
    [agent.agentId, "box", "192.0.2.7", INTERVAL_MS],
  );
  const next = new OpenPoll(agent);
  await watch.clock.advance(RETRY_MS + LATE_MS);
  assert.equal((await watch.stateOf(agent)).missed_keep_alives, 0);
  assert.deepEqual(watch.heard.take(), []);
  await next.close();
});

Deno.test("any request puts the keep-alive off", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.activeAgent();
  const poll = new OpenPoll(agent);
  for (let minute = 0; minute < 5; minute++) {
    await watch.clock.advance(INTERVAL_MS - SECOND_MS);
    await sendEvents(agent);
  }
  assert.equal(poll.status, undefined);
  assert.deepEqual(watch.heard.sent, []);
  await poll.close();
});

Deno.test("a keep-alive is missed with no open poll, and when nothing follows the answer", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.activeAgent();
  const poll = new OpenPoll(agent);
  await watch.clock.advance(INTERVAL_MS + LATE_MS);
  assert.equal(poll.status, 200);
  assert.equal((await watch.stateOf(agent)).missed_keep_alives, 0);
  await watch.clock.advance(RETRY_MS + LATE_MS);
  assert.equal((await watch.stateOf(agent)).missed_keep_alives, 1);
  await watch.clock.advance(INTERVAL_MS - RETRY_MS);
  assert.equal((await watch.stateOf(agent)).missed_keep_alives, 2, "no poll was open");
  assert.equal(watch.heard.sent.length, 1);
  await sendEvents(agent);
  assert.equal((await watch.stateOf(agent)).missed_keep_alives, 0);
});

Deno.test("silence for the timeout makes an agent disconnected, a request active again", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.activeAgent("box", ["web", "linux"]);
  await watch.clock.advance(TIMEOUT_MS - 1);
  assert.deepEqual(watch.heard.take(), []);
  await watch.clock.advance(1 + LATE_MS);
  const [lost] = watch.heard.changes;
  assert.deepEqual(lost, {
    kind: "status_changed",
    agentId: agent.agentId,
    agentName: "box",
    groups: ["web", "linux"],
    previous: "active",
    current: "disconnected",
    ipAddress: "192.0.2.7",
    atMs: lost?.atMs,
    reason: "keepalive_timeout",
    missedKeepAlives: 3,
  });
  watch.heard.take();
  await watch.clock.advance(10 * TIMEOUT_MS);
  await sendEvents(agent);
  assert.deepEqual(watch.heard.take(), ["disconnected > active: reconnected"]);
});

Deno.test("as many missed keep-alives as are allowed make an agent disconnected before the timeout", async () => {
  await using watch = await WatchScene.open({ monitor: { max_missed: 2 } });
  await watch.activeAgent();
  await watch.clock.advance(2 * INTERVAL_MS + LATE_MS);
  assert.equal(watch.heard.changes[0]?.missedKeepAlives, 2);
  assert.deepEqual(watch.heard.take(), ["active > disconnected: max_missed"]);
});

Deno.test("an agent that logs in and then stays silent is lost too", async () => {
  await using watch = await WatchScene.open();
  await watch.scene.agent("box");
  watch.heard.take();
  await watch.clock.advance(TIMEOUT_MS + LATE_MS);
  assert.deepEqual(watch.heard.take(), ["pending > disconnected: keepalive_timeout"]);
});

Deno.test("an agent that was never heard of is never called lost", async () => {
  await using watch = await WatchScene.open();
  await watch.scene.test.register(registration({ name: "quiet" }));
  await watch.clock.advance(10 * TIMEOUT_MS);
  assert.deepEqual(watch.heard.take(), []);
  assert.equal((await watch.page()).agents[0]?.status, "never_connected");
});

Deno.test("a shutdown message makes an agent stopped at once, told once, and not lost later", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.activeAgent();
  const poll = new OpenPoll(agent);
  await watch.clock.advance(RETRY_MS);
  await poll.close();
  await sayGoodbye(agent);
  await watch.clock.advance(10 * TIMEOUT_MS);
  assert.deepEqual(watch.heard.take(), ["active > stopped: agent_shutdown"]);
});

Deno.test("what is left of a stop does not bring the agent back, a poll or a log-in does", async () => {
  for (const start of ["poll", "login"]) {
    await using watch = await WatchScene.open();
    const agent = await watch.activeAgent();
    await watch.clock.advance(RETRY_MS);
    await sayGoodbye(agent);
    await watch.clock.advance(STOP_TAKES_MS - 1);
    await sendEvents(agent);
    assert.equal((await watch.stateOf(agent)).status, "stopped", "events on their way");
    const poll = start === "poll" ? new OpenPoll(agent) : undefined;
    if (start === "login") await (await agent.logIn(agent.agentId, KEY)).body?.cancel();
    await settle();
    assert.equal((await watch.stateOf(agent)).status, "active", start);
    await poll?.close();
  }
});

Deno.test("a stopped agent that only sends events is active again when its stop must be over", async () => {
  await using watch = await WatchScene.open({ monitor: { retry_interval: SECOND_MS } });
  const agent = await watch.activeAgent();
  await sayGoodbye(agent);
  await watch.clock.advance(STOP_TAKES_MS);
  await sendEvents(agent);
  assert.deepEqual(watch.heard.take(), [
    "active > stopped: agent_shutdown",
    "stopped > active: reconnected",
  ]);
});

Deno.test("a state that changes back within the retry interval is told once, when it lasts", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.activeAgent();
  await watch.clock.advance(RETRY_MS);
  for (let time = 0; time < 3; time++) {
    await sayGoodbye(agent);
    await watch.clock.advance(SECOND_MS);
    await agent.renewToken();
    await watch.clock.advance(SECOND_MS);
  }
  assert.equal((await watch.stateOf(agent)).status, "active", "the list is up to date");
  assert.deepEqual(watch.heard.take(), ["active > stopped: agent_shutdown"]);
  await watch.clock.advance(RETRY_MS);
  assert.deepEqual(watch.heard.take(), ["stopped > active: flapping (6)"]);
  await watch.clock.advance(RETRY_MS);
  assert.deepEqual(watch.heard.take(), []);
});

Deno.test("a monitor that is off loses nobody, and still tells stopped agents", async () => {
  await using watch = await WatchScene.open({ monitor: { enabled: false } });
  const agent = await watch.activeAgent();
  const poll = new OpenPoll(agent);
  await watch.clock.advance(10 * TIMEOUT_MS);
  assert.equal(poll.status, undefined);
  assert.equal((await watch.stateOf(agent)).status, "active");
  await poll.close();
  await sayGoodbye(agent);
  assert.equal((await watch.stateOf(agent)).status, "stopped");
});

Deno.test("with a monitor that is off too, an agent that flaps is told when its state lasts", async () => {
  await using watch = await WatchScene.open({ monitor: { enabled: false } });
  const agent = await watch.activeAgent();
  await watch.clock.advance(RETRY_MS);
  await sayGoodbye(agent);
  await agent.renewToken();
  assert.deepEqual(watch.heard.take(), ["active > stopped: agent_shutdown"]);
  await watch.clock.advance(RETRY_MS);
  assert.deepEqual(watch.heard.take(), ["stopped > active: flapping (2)"]);
});

Deno.test("an agent that never stops flapping is told after ten retry intervals, and counted anew", async () => {
  await using watch = await WatchScene.open();
  const agent = await watch.activeAgent();
  await watch.clock.advance(RETRY_MS);
  const flap = async (times: number) => {
    for (let time = 0; time < times; time++) {
      await sayGoodbye(agent);
      await watch.clock.advance(RETRY_MS / 4);
      await agent.renewToken();
      await watch.clock.advance(RETRY_MS / 4);
    }
  };
  await flap(20);
  assert.deepEqual(watch.heard.take(), ["active > stopped: agent_shutdown"]);
  // Counted since the first return, a quarter after the first stop.
  await watch.clock.advance(RETRY_MS / 4);
  assert.deepEqual(watch.heard.take(), ["stopped > active: flapping (40)"]);
  await flap(2);
  assert.deepEqual(watch.heard.take(), []);
  await watch.clock.advance(RETRY_MS);
  assert.deepEqual(watch.heard.take(), ["active > active: flapping (4)"]);
  await watch.clock.advance(RETRY_MS);
  assert.deepEqual(watch.heard.take(), []);
});

Deno.test("a wall clock that jumps makes nobody lost", async () => {
  await using watch = await WatchScene.open();
  await watch.activeAgent();
  watch.clock.jumpTo(watch.clock.now() + 86_400_000);
  await watch.clock.advance(INTERVAL_MS / 2);
  assert.deepEqual(watch.heard.take(), []);
});
