import assert from "node:assert/strict";
import { Poller } from "../../../src/agent/commands/poller.ts";
import { MemoryClock, settle } from "../../support/fake_clock.ts";
import type { PollOutcome } from "../../../src/shared/protocol/exchange.ts";

/** Polls against scripted answers; the last one stays open until the end. */
async function poll(
  answers: PollOutcome[],
  during: (scene: Scene) => Promise<void>,
  hasToken: () => boolean = () => true,
): Promise<void> {
  const clock = new MemoryClock();
  const stop = new AbortController();
  const seen = { polls: 0, commands: [] as unknown[], resets: 0 };
  const poller = new Poller({
    clock,
    poll: (signal, onSend) => {
      seen.polls++;
      const onAnswer = onSend();
      const answer = answers.shift();
      // Without a token it was refused, and waits for another one.
      if (answer !== undefined || !hasToken()) onAnswer();
      if (answer !== undefined) return Promise.resolve(answer);
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    },
    onCommands: (commands) => {
      seen.commands.push(...commands);
      return Promise.resolve(commands.filter((command) => command !== "again").length);
    },
    retryWaits: { next: (afterMs = 0) => Math.max(1000, afterMs), reset: () => seen.resets++ },
  });
  const done = poller.run(stop.signal);
  await settle("loop");
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
  readonly clock: MemoryClock;
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

Deno.test("run() counts as received what is new, not what came again or is malformed", async () => {
  await poll([{ kind: "commands", commands: [1, "again", 2, "again"] }], (scene) => {
    assert.equal(scene.commands.length, 4);
    assert.equal(scene.poller.status().received, 2);
    return Promise.resolve();
  });
});

Deno.test("run() asks ever less often when answers hold no commands where some should be, and is not in trouble", async () => {
  const wrong: PollOutcome = { kind: "empty", heldMs: 0, problem: '"commands" is no list' };
  await poll(Array.from({ length: 100 }, () => wrong), async (scene) => {
    await scene.clock.advance(60_000);
    assert.ok(scene.polls < 25, `${scene.polls} polls`);
    assert.equal(scene.poller.status().state, "waiting");
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

Deno.test("run() takes no poll that still waits for a token for one that the server holds", async () => {
  const trouble: PollOutcome = { kind: "retry", reason: "403 from server" };
  await poll([trouble], async (scene) => {
    await scene.clock.advance(20_000);
    assert.deepEqual([scene.polls, scene.poller.status().state], [2, "retrying"]);
    assert.equal(scene.resets, 0);
  }, () => false);
});

Deno.test("run() paces what brings nothing new, whatever it is, and is quick again after news", async () => {
  const unheld = Array.from({ length: 20 }, (): PollOutcome => ({ kind: "empty", heldMs: 1 }));
  await poll(unheld, async (scene) => {
    assert.equal(scene.polls, 2);
    await scene.clock.advance(1_000);
    assert.ok(scene.polls <= 5, `${scene.polls} polls in the first second`);
    await scene.clock.advance(60_000);
    assert.ok(scene.polls >= 10 && scene.polls <= 20, `${scene.polls} polls in a minute`);
  });
  const again: PollOutcome = { kind: "commands", commands: ["again"] };
  const repeated = Array.from({ length: 100 }, () => again);
  await poll([...repeated, { kind: "commands", commands: ["new"] }], async (scene) => {
    await scene.clock.advance(10_000);
    assert.ok(scene.polls <= 8, `${scene.polls} polls in 10 s`);
  });
  const news = Array.from(
    { length: 50 },
    (_, id): PollOutcome => ({ kind: "commands", commands: [id] }),
  );
  await poll([...news], (scene) => {
    assert.equal(scene.polls, 51);
    return Promise.resolve();
  });
});

Deno.test("run() counts polls that a proxy cuts, and neither backs off nor calls it a fault", async () => {
  const cut: PollOutcome = { kind: "cut", heldMs: 5_000, reason: "connection lost" };
  await poll([cut, cut, cut], (scene) => {
    const { state, cut: cuts, last_answer_ms } = scene.poller.status();
    assert.deepEqual([state, cuts, last_answer_ms, scene.polls], ["waiting", 3, undefined, 4]);
    return Promise.resolve();
  });
});

Deno.test("run() opens another poll beside one that is older than any that was answered, four at most, and gives dead ones up", async () => {
  const { clock, open, poller, stop } = heldPolls();
  const done = poller.run(stop.signal);
  await settle("loop");
  await clock.advance(150_000);
  assert.equal(open.length, 2);
  await clock.advance(300_000);
  assert.equal(open.length, 4);
  const empty: PollOutcome = { kind: "empty", heldMs: 0 };
  open[3]?.answer(empty);
  await settle("loop");
  assert.deepEqual(open.map(({ signal }) => signal.aborted).slice(0, 3), [true, true, true]);
  assert.equal(poller.status().last_answer_ms, clock.now());
  stop.abort("stop");
  await done;
  assert.ok(open.slice(0, 3).every(({ signal }) => signal.aborted));
});

Deno.test("run() learns how long the server holds a poll", async () => {
  const clock = new MemoryClock();
  let polls = 0;
  let hold = 30_000;
  const poller = new Poller({
    clock,
    poll: async (signal) => {
      polls++;
      await clock.sleep(hold, signal);
      return { kind: "empty", heldMs: hold };
    },
    onCommands: (commands) => Promise.resolve(commands.length),
    retryWaits: { next: () => 1_000, reset() {} },
  });
  const stop = new AbortController();
  const done = poller.run(stop.signal);
  await settle("loop");
  for (let round = 0; round < 10; round++) await clock.advance(30_000);
  assert.equal(polls, 11);
  hold = 1e9;
  await clock.advance(30_000);
  assert.equal(polls, 12);
  await clock.advance(50_001);
  assert.equal(polls, 13);
  stop.abort("stop");
  await done;
});

Deno.test("run() slows down when each poll brings new commands without pause, and takes only so many of one answer", async () => {
  const endless = Array.from(
    { length: 400 },
    (_, id): PollOutcome => ({ kind: "commands", commands: [id] }),
  );
  await poll(endless, async (scene) => {
    await scene.clock.advance(10_000);
    assert.ok(scene.polls >= 100 && scene.polls <= 160, `${scene.polls} polls in 10 s`);
  });
  const huge = Array.from({ length: 5_000 }, (_, id) => id);
  await poll([{ kind: "commands", commands: huge }], (scene) => {
    assert.equal(scene.commands.length, 1_000);
    assert.equal(scene.polls, 1, "the list is worked through first");
    return Promise.resolve();
  });
});

Deno.test("run() goes on opening polls while none is answered, in place of the oldest", async () => {
  const { clock, open, poller, stop } = heldPolls();
  const done = poller.run(stop.signal);
  await settle("loop");
  await clock.advance(150_000 * 9);
  assert.deepEqual(
    open.map(({ signal }) => signal.aborted),
    [...Array(6).fill(true), ...Array(4).fill(false)],
  );
  open.at(-1)?.answer({ kind: "empty", heldMs: 0 });
  await settle("loop");
  assert.equal(poller.status().last_answer_ms, clock.now());
  stop.abort("stop");
  await done;
});

/** A poller whose polls stay open until a test answers them. */
function heldPolls() {
  const clock = new MemoryClock();
  const open: { answer: (outcome: PollOutcome) => void; signal: AbortSignal }[] = [];
  const poller = new Poller({
    clock,
    poll: (signal) =>
      new Promise((resolve, reject) => {
        open.push({ answer: resolve, signal });
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    onCommands: (commands) => Promise.resolve(commands.length),
    retryWaits: { next: () => 1_000, reset() {} },
  });
  return { clock, open, poller, stop: new AbortController() };
}
