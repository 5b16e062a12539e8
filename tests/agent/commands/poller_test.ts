import assert from "node:assert/strict";
import { Poller } from "../../../src/agent/commands/poller.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import type { PollOutcome } from "../../../src/shared/protocol/exchange.ts";

/** Polls against scripted answers; the last one stays open until the end. */
async function poll(
  answers: PollOutcome[],
  during: (scene: Scene) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const seen = { polls: 0, commands: [] as unknown[], resets: 0 };
  const poller = new Poller({
    clock,
    poll: (signal) => {
      seen.polls++;
      const answer = answers.shift();
      if (answer !== undefined) return Promise.resolve(answer);
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    },
    onCommands: (commands) => {
      seen.commands.push(...commands);
      return Promise.resolve();
    },
    retryWaits: { next: (afterMs = 0) => Math.max(1000, afterMs), reset: () => seen.resets++ },
  });
  const done = poller.run(stop.signal);
  await settle();
  await during({
    clock,
    poller,
    commands: seen.commands,
    get polls() {
      return seen.polls;
    },
    get resets() {
      return seen.resets;
    },
  });
  stop.abort();
  await done;
  assert.equal(poller.status().state, "stopped");
}

interface Scene {
  readonly polls: number;
  /** How often waits began short again. */
  readonly resets: number;
  readonly commands: unknown[];
  readonly clock: FakeClock;
  readonly poller: Poller;
}

const held: PollOutcome = { kind: "empty", heldMs: 30_000 };

Deno.test("run() polls again at once after an empty answer and hands commands on", async () => {
  await poll([held, { kind: "commands", commands: [1, 2] }, held], (scene) => {
    assert.equal(scene.polls, 4);
    assert.deepEqual(scene.commands, [1, 2]);
    assert.equal(scene.poller.status().received, 2);
    return Promise.resolve();
  });
});

Deno.test("run() backs off after an error and says so in its status", async () => {
  await poll([{ kind: "retry", reason: "500 from server", afterMs: 5000 }], async (scene) => {
    assert.equal(scene.poller.status().state, "retrying");
    assert.equal(scene.poller.status().reason, "500 from server");
    await scene.clock.advance(4999);
    assert.equal(scene.polls, 1);
    await scene.clock.advance(1);
    assert.equal(scene.polls, 2);
    assert.equal(scene.poller.status().state, "retrying");
  });
});

Deno.test("run() counts a poll that is held for a second as a server that works again", async () => {
  await poll([{ kind: "retry", reason: "500 from server" }], async (scene) => {
    await scene.clock.advance(1999);
    assert.equal(scene.poller.status().state, "retrying");
    assert.equal(scene.resets, 0);
    await scene.clock.advance(1);
    assert.equal(scene.poller.status().state, "waiting");
    assert.equal(scene.resets, 1);
  });
});

Deno.test("run() asks a server that holds no polls once a second", async () => {
  const unheld = Array.from({ length: 20 }, (): PollOutcome => ({ kind: "empty", heldMs: 1 }));
  await poll(unheld, async (scene) => {
    const atOnce = scene.polls;
    assert.ok(atOnce < 20);
    await scene.clock.advance(3000);
    assert.equal(scene.polls, atOnce + 3);
  });
});
