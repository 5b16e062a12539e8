import assert from "node:assert/strict";
import { PollRegistry } from "../../../src/manager/commands/poll_registry.ts";
import type { Command } from "../../../src/shared/protocol/wire.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { assertRefused, TestManager } from "../harness.ts";

const COMMANDS = "/api/v1/commands";
const COMMAND = { document_id: "d1", action: { name: "restart" } };

Deno.test("poll is held until its time is over, and then ends with 408", async () => {
  await using test = await TestManager.open({ pollTimeoutMs: 30_000 });
  let ended = false;
  const poll = test.get(COMMANDS).finally(() => ended = true);
  await test.clock.advance(29_999);
  assert.equal(ended, false);
  await test.clock.advance(1);
  await assertRefused(await poll, 408, "No commands came in time");
  assert.equal(test.manager.polls.size, 0);
});

Deno.test("poll is held no longer than its client wants to wait, nor than the manager holds one", async () => {
  const asked = [["wait=10", 10_000], ["respond-async, Wait = 20 ; x", 20_000], ["wait=0", 1_000], [
    "wait=999",
    30_000,
  ], ["wait=ten", 30_000]] as const;
  for (const [prefer, heldMs] of asked) {
    await using test = await TestManager.open({ pollTimeoutMs: 30_000 });
    let ended = false;
    const headers = { Authorization: `Bearer ${test.agentToken}`, Prefer: prefer };
    const poll = test.get(COMMANDS, { headers }).finally(() => ended = true);
    await test.clock.advance(heldMs - 1);
    assert.equal(ended, false, prefer);
    await test.clock.advance(1);
    await assertRefused(await poll, 408, "No commands came in time");
  }
});

Deno.test("PollRegistry.wake() makes an open poll take commands, and says when there is none", async () => {
  const polls = new PollRegistry({ clock: new FakeClock(), timeoutMs: 30_000 });
  const waiting: Command[] = [];
  const take = () => Promise.resolve({ commands: waiting.splice(0), againAtMs: undefined });
  const { signal } = new AbortController();
  assert.equal(polls.wake("a"), false);
  const poll = polls.hold({ agentId: "a", signal, take });
  assert.equal(polls.wake("a"), true);
  await settle();
  assert.equal(polls.has("a"), true, "there was nothing yet");
  waiting.push(COMMAND);
  assert.equal(polls.wake("b"), false);
  assert.equal(polls.wake("a"), true);
  await settle();
  waiting.push(COMMAND);
  assert.equal(polls.wake("a"), false, "a poll is answered once");
  assert.deepEqual(await poll, { kind: "commands", commands: [COMMAND] });
  const next = await polls.hold({ agentId: "a", signal, take });
  assert.equal(next.kind, "commands", "what is there is found without waking");
  polls.stop();
});

Deno.test("a poll takes commands again when it was told to, and only while it is open", async () => {
  const clock = new FakeClock();
  const polls = new PollRegistry({ clock, timeoutMs: 30_000 });
  let tries = 0;
  const take = () => Promise.resolve({ commands: [], againAtMs: (tries++, clock.now() + 1_000) });
  const { signal } = new AbortController();
  const poll = polls.hold({ agentId: "a", signal, take });
  await clock.advance(2_500);
  assert.equal(tries, 3);
  polls.wake("a");
  await clock.advance(1_000);
  assert.equal(tries, 5, "waking put the next try off");
  polls.stop();
  await clock.advance(10_000);
  assert.equal(tries, 5);
  assert.equal((await poll).kind, "stopped");
  assert.equal(clock.nextWakeIn(), undefined);
});

Deno.test("a poll that cannot take commands fails, and is not open any more", async () => {
  const polls = new PollRegistry({ clock: new FakeClock(), timeoutMs: 30_000 });
  const take = () => Promise.reject(new Error("no"));
  await assert.rejects(polls.hold({ agentId: "a", signal: new AbortController().signal, take }));
  assert.equal(polls.size, 0);
});

/** A poll registry, and polls whose taking ends when the test says so. */
function slowPolls() {
  const polls = new PollRegistry({ clock: new FakeClock(), timeoutMs: 30_000 });
  const takes: ((commands: Command[]) => Promise<void>)[] = [];
  const take = () =>
    new Promise<{ commands: Command[]; againAtMs: undefined }>((resolve) => {
      takes.push((commands) => {
        resolve({ commands, againAtMs: undefined });
        return settle();
      });
    });
  const hold = (signal = new AbortController().signal) =>
    polls.hold({ agentId: "a", signal, take });
  return { polls, takes, hold };
}

Deno.test("commands that were taken for a poll which ended meanwhile go to the one that took its place", async () => {
  const { takes, hold } = slowPolls();
  const [older, newer] = [hold(), hold()];
  assert.deepEqual(await older, { kind: "replaced" });
  await takes[0]?.([COMMAND]);
  assert.deepEqual(await newer, { kind: "commands", commands: [COMMAND] });
  await takes[1]?.([]);
});

Deno.test("commands that were taken for a poll whose client has gone are left to be offered again", async () => {
  const { polls, takes, hold } = slowPolls();
  const client = new AbortController();
  const poll = hold(client.signal);
  client.abort();
  await takes[0]?.([COMMAND]);
  assert.deepEqual([await poll, polls.size], [{ kind: "disconnected" }, 0]);
});

Deno.test("a poll that is woken while it takes commands takes once more, however often it was woken", async () => {
  const { polls, takes, hold } = slowPolls();
  const poll = hold();
  polls.wake("a");
  polls.wake("a");
  await takes[0]?.([]);
  assert.equal(takes.length, 2);
  await takes[1]?.([COMMAND]);
  assert.equal((await poll).kind, "commands");
});

Deno.test("a newer poll of an agent ends the older one", async () => {
  await using test = await TestManager.open();
  const older = test.get(COMMANDS);
  await settle();
  const newer = test.get(COMMANDS);
  await assertRefused(await older, 408, "No commands came in time");
  assert.equal(test.manager.polls.size, 1);
  test.manager.endWaits();
  assert.equal((await newer).status, 200);
});

Deno.test("a poll ends when its client goes away", async () => {
  await using test = await TestManager.open();
  const client = new AbortController();
  const headers = { Authorization: `Bearer ${test.agentToken}` };
  const poll = test.get(COMMANDS, { signal: client.signal, headers });
  await settle();
  assert.equal(test.manager.polls.size, 1);
  client.abort();
  await assert.rejects(poll, { name: "AbortError" });
  assert.equal(test.manager.polls.size, 0);
});

Deno.test("polls end at once when the manager stops, and later ones are not held", async () => {
  await using test = await TestManager.open();
  const poll = test.get(COMMANDS);
  await settle();
  test.manager.endWaits();
  assert.deepEqual(await (await poll).json(), { commands: [] });
  await assertRefused(await test.get(COMMANDS), 503, "The manager is stopping");
});

Deno.test("poll needs a token", async () => {
  await using test = await TestManager.open({ agent: false });
  await assertRefused(await test.fetch(`http://manager${COMMANDS}`), 401, "No token");
});
