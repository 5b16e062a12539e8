import assert from "node:assert/strict";
import { z } from "zod";
import { CommandRunner } from "../../../src/agent/commands/command_runner.ts";
import { Journal } from "../../../src/agent/commands/journal.ts";
import type { Executor } from "../../../src/agent/commands/types.ts";
import type { CommandResult } from "../../../src/shared/protocol/commands.ts";
import { MemoryClock, settle } from "../../support/fake_clock.ts";
import { order } from "./support/journals.ts";
import { Hand, RunnerScene } from "./support/runners.ts";

const timeouts = { defaultMs: 60_000, maxMs: 60_000 };

Deno.test("run() works one at a time per executor in order, several executors side by side", async () => {
  using scene = new RunnerScene();
  const [one, two] = [new Hand("one"), new Hand("two")];
  const runner = await scene.begin(one, two);
  await runner.accept([order("a", "one"), order("b", "one"), order("c", "two")]);
  assert.equal(scene.rows().length, 3);
  await settle("loop");
  assert.deepEqual([one.ids, two.ids], [["a"], ["c"]]);
  assert.deepEqual(runner.status(), { received: 1, running: 2, succeeded: 0, failed: 0 });
  one.end("a");
  assert.deepEqual(await scene.results(), [["a", 0, "done"]]);
  assert.deepEqual(one.ids, ["a", "b"]);
  one.end("b", { code: 1, message: "no" });
  two.end("c");
  assert.deepEqual((await scene.results()).toSorted(), [["b", 1, "no"], ["c", 0, "done"]]);
  assert.deepEqual(runner.status(), { received: 0, running: 0, succeeded: 2, failed: 1 });
  await scene.end();
});

Deno.test("run() fails unknown actions and wrong arguments by name, and does nothing", async () => {
  using scene = new RunnerScene();
  const groups: Executor<{ groups: string[] }> = {
    action: "set-group",
    args: z.object({ groups: z.array(z.string()) }),
    execute: () => Promise.resolve({ code: 0, message: "applied" }),
  };
  const broken: Executor = {
    action: "broken",
    args: z.unknown(),
    execute() {
      throw new Error("Cannot do that");
    },
  };
  const runner = await scene.begin(groups as Executor, broken);
  await runner.accept([order("a", "format"), order("b", "set-group", { groups: ["x", 1] })]);
  await settle("loop");
  await runner.accept([order("c", "broken"), order("d", "set-group", { groups: [] })]);
  assert.deepEqual((await scene.results()).toSorted(), [
    ["a", 1, 'unknown action "format"; known: broken, set-group'],
    ["b", 1, 'wrong arguments: "args.groups[1]": expected string, received number'],
    ["c", 1, "Cannot do that"],
    ["d", 0, "applied"],
  ]);
  await scene.end();
});

Deno.test("run() ends a command at its time limit with code 3, once it has really ended", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work", { endsOnAbort: false });
  const runner = await scene.begin(hand);
  await runner.accept([order("a", "work", {}, 10)]);
  await settle("loop");
  await scene.clock.advance(9_999);
  assert.equal(hand.runs[0]?.signal.aborted, false);
  await scene.clock.advance(1);
  assert.equal(hand.runs[0]?.signal.aborted, true);
  assert.deepEqual(await scene.results(), []);
  hand.end("a", { code: 1, message: "killed", data: "half of it" });
  await settle("loop");
  assert.deepEqual(await scene.sent(), [
    { id: "a", code: 3, message: "timed out after 10 s", data: "half of it" },
  ]);
  await scene.end();
});

Deno.test("run() answers for work that ignores its abort, but runs nothing beside it", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work", { endsOnAbort: false });
  const runner = await scene.begin(hand);
  await runner.accept([order("a"), order("b"), order("c", "work", {}, 100)]);
  await settle("loop");
  await scene.clock.advance(12_999);
  assert.deepEqual(await scene.results(), [["b", 3, "not started in time"]]);
  await scene.clock.advance(1);
  assert.deepEqual(await scene.results(), [["a", 3, "timed out after 10 s"]]);
  await scene.clock.advance(10_000);
  assert.deepEqual(await scene.results(), []);
  assert.deepEqual(hand.ids, ["a"]);
  hand.end("a");
  await settle("loop");
  assert.deepEqual(hand.ids, ["a", "c"]);
  hand.end("c");
  assert.deepEqual(await scene.results(), [["c", 0, "done"]]);
  await scene.end();
});

Deno.test("a stop gives results to what ends, before run() resolves, and begins nothing", async () => {
  using scene = new RunnerScene();
  const [quick, late] = [new Hand("quick"), new Hand("late", { endsOnAbort: false })];
  const runner = await scene.begin(quick, late);
  await runner.accept([order("a", "quick"), order("b", "quick"), order("c", "late")]);
  await settle("loop");
  late.runs[0]?.signal.addEventListener("abort", () => late.end("c"));
  await scene.end();
  assert.deepEqual((await scene.results()).toSorted(), [
    ["a", 1, "agent stopped during execution"],
    ["c", 0, "done"],
  ]);
  assert.deepEqual(quick.ids, ["a"]);
  assert.equal(scene.state("b"), "received");

  scene.reopen();
  await scene.begin(quick);
  assert.deepEqual(quick.ids, ["a", "b"]);
  await scene.end();
});

Deno.test("a stop leaves running what does not end, and restarts; the next start answers", async () => {
  using scene = new RunnerScene();
  const hand = new Hand("work", { endsOnAbort: false });
  const restart = new Hand("restart", { resultAfterRestart: true });
  const runner = await scene.begin(hand, restart);
  await runner.accept([order("b", "restart"), order("a")]);
  await settle("loop");
  await scene.end(3_000);
  assert.deepEqual([scene.state("a"), scene.state("b")], ["running", "running"]);

  scene.reopen();
  const next = await scene.begin(hand, restart);
  assert.deepEqual(await scene.results(), [
    ["b", 0, "agent restarted"],
    ["a", 1, "agent stopped during execution"],
  ]);
  assert.deepEqual(next.status(), { received: 0, running: 0, succeeded: 1, failed: 1 });
  await scene.end();
  assert.deepEqual([hand.ids, restart.ids], [["a"], ["b"]]);
});

Deno.test("what changes the configuration runs in order of receipt, and a restart waits for all that came before it", async () => {
  using scene = new RunnerScene();
  const [groups, files, work] = [new Hand("set-group"), new Hand("fetch-config"), new Hand("work")];
  const restart = new Hand("restart", { resultAfterRestart: true });
  const runner = await scene.begin(groups, files, work, restart);
  await runner.accept([
    order("a", "work"),
    order("b", "fetch-config"),
    order("c", "set-group"),
    order("d", "restart"),
  ]);
  await settle("loop");
  assert.deepEqual([work.ids, files.ids, groups.ids, restart.ids], [["a"], ["b"], [], []]);
  files.end("b");
  await settle("loop");
  assert.deepEqual([groups.ids, restart.ids], [["c"], []]);
  groups.end("c");
  await settle("loop");
  assert.deepEqual(restart.ids, []);
  work.end("a");
  await settle("loop");
  assert.deepEqual(restart.ids, ["d"]);
  await scene.end();
});

Deno.test("a restart that fails before the stop is a failure at once", async () => {
  using scene = new RunnerScene();
  const restart = new Hand("restart", { resultAfterRestart: true });
  const runner = await scene.begin(restart);
  await runner.accept([order("a", "restart")]);
  await settle("loop");
  restart.end("a", { code: 1, message: "no" });
  assert.deepEqual(await scene.results(), [["a", 1, "no"]]);
  await scene.end();
});

Deno.test("accept() waits until what was left is recovered, and takes nothing twice", async () => {
  using scene = new RunnerScene();
  await scene.journal.receive([order("a"), order("b")]);
  scene.reopen();
  const hand = new Hand("work");
  const { journal, clock } = scene;
  const runner = new CommandRunner({ journal, clock, executors: [hand] });
  const accepted = runner.accept([order("b"), order("c")]);
  const stop = new AbortController();
  const done = runner.run(stop.signal);
  await accepted;
  await settle("loop");
  for (const id of ["a", "b", "c"]) {
    hand.end(id);
    await settle("loop");
  }
  assert.deepEqual(hand.ids, ["a", "b", "c"]);
  stop.abort();
  await done;
});

Deno.test("a step that cannot be written is tried again until it is", async () => {
  using scene = new RunnerScene();
  let full = true;
  const { queue, clock } = scene;
  const journal = new Journal({
    queue: {
      transact: (write) => full ? Promise.reject(new Error("disk full")) : queue.transact(write),
    },
    clock,
    timeouts,
  });
  const hand = new Hand("work");
  const runner = new CommandRunner({ journal, clock, executors: [hand] });
  const stop = new AbortController();
  const done = runner.run(stop.signal);
  const accepted = runner.accept([order("a")]);
  await clock.advance(20_000);
  full = false;
  await clock.advance(5_000);
  await accepted;
  await settle("loop");
  full = true;
  hand.end("a");
  await clock.advance(20_000);
  assert.equal(scene.state("a"), "running");
  full = false;
  await clock.advance(5_000);
  assert.deepEqual(await scene.results(), [["a", 0, "done"]]);
  stop.abort();
  await done;
});

Deno.test("run() stops although the journal cannot be written, and lets accept() go", async () => {
  using scene = new RunnerScene();
  const { clock } = scene;
  const queue = { transact: () => Promise.reject(new Error("disk full")) };
  const journal = new Journal({ queue, clock, timeouts });
  const runner = new CommandRunner({ journal, clock, executors: [] });
  const stop = new AbortController();
  const done = runner.run(stop.signal);
  const accepted = runner.accept([order("a")]);
  await settle("loop");
  stop.abort();
  await Promise.all([done, accepted]);
});

Deno.test("a command that comes in the very moment in which its executor falls idle is run", async () => {
  const ran: string[] = [];
  const instant: Executor = {
    action: "work",
    args: z.unknown(),
    execute(_args, { document_id }) {
      ran.push(document_id);
      return Promise.resolve({ code: 0, message: "done" });
    },
  };
  const receipt = { repeated: 0, malformed: [], refused: [], denied: [], left: 0 };
  const runner = new CommandRunner({
    clock: new MemoryClock(),
    executors: [instant],
    journal: {
      receive: ([id]) =>
        Promise.resolve({
          ...receipt,
          accepted: [{ document_id: String(id), action: "work", startWithinMs: 1_000 }],
        }),
      start: (document_id) =>
        Promise.resolve({
          kind: "begun",
          command: {
            document_id,
            action: "work",
            args: {},
            timeout_ms: 1_000,
            start_within_ms: 1_000,
          },
        }),
      expire: () => Promise.reject(new Error("nothing is late")),
      finish: () => Promise.resolve(),
      report: () => Promise.resolve(),
      noteData: () => Promise.resolve(),
      recover: () => Promise.resolve({ waiting: [], interrupted: [], resumed: [] }),
      tidy: () => Promise.resolve(0),
    },
  });
  const stop = new AbortController();
  const done = runner.run(stop.signal);
  for (let ticks = 0; ticks < 60; ticks++) {
    const first = runner.accept([`first ${ticks}`]);
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    await Promise.all([first, runner.accept([`second ${ticks}`])]);
    await settle("timer", 1);
    assert.equal(ran.length, 2 * (ticks + 1), `forgotten after ${ticks} ticks`);
  }
  stop.abort();
  await done;
});

Deno.test("run() leaves to an executor what it can tell later, and lets the next of its kind wait for that", async () => {
  using scene = new RunnerScene();
  const before = await scene.begin(new Hand("update", { resultAfterRestart: true }));
  await before.accept([order("a", "update")]);
  await settle("loop");
  await scene.end();
  assert.deepEqual(await scene.results(), []);
  scene.reopen();
  const later = Promise.withResolvers<CommandResult>();
  const hand = Object.assign(new Hand("update", { resultAfterRestart: true }), {
    resume: () => later.promise,
  });
  const runner = await scene.begin(hand);
  await runner.accept([order("b", "update")]);
  assert.deepEqual(await scene.results(), []);
  assert.deepEqual([hand.ids, runner.status().running], [[], 1]);
  later.resolve({ code: 0, message: "upgraded" });
  assert.deepEqual(await scene.results(), [["a", 0, "upgraded"]]);
  assert.deepEqual(hand.ids, ["b"]);
  await scene.end();
});

Deno.test("run() asks again what the stop of the agent kept an executor from telling", async () => {
  using scene = new RunnerScene();
  const first = await scene.begin(new Hand("update", { resultAfterRestart: true }));
  await first.accept([order("a", "update")]);
  await settle("loop");
  await scene.end();
  const waits = (_id: string, signal: AbortSignal) =>
    new Promise<CommandResult>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  scene.reopen();
  await scene.begin(Object.assign(new Hand("update"), { resume: waits }));
  await scene.end();
  scene.reopen();
  const told = () => Promise.resolve<CommandResult>({ code: 1, message: "died: went back" });
  await scene.begin(Object.assign(new Hand("update"), { resume: told }));
  assert.deepEqual(await scene.results(), [["a", 1, "died: went back"]]);
  await scene.end();
});

Deno.test("an executor's notes stand in the journal until there is a result", async () => {
  using scene = new RunnerScene();
  const go = Promise.withResolvers<void>();
  const noting: Executor = {
    action: "update",
    args: z.unknown(),
    async execute(_args, { noteData }) {
      await noteData?.({ step: "download" });
      await go.promise;
      return { code: 0, message: "done" };
    },
  };
  const runner = await scene.begin(noting);
  await runner.accept([order("a", "update")]);
  await settle("loop");
  assert.equal(scene.rows()[0]?.data, '{"step":"download"}');
  go.resolve();
  await scene.results();
  assert.deepEqual([scene.rows()[0]?.data, scene.rows()[0]?.code], [null, 0]);
  await scene.end();
});
