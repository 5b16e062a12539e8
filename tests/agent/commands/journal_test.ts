import assert from "node:assert/strict";
import { Journal } from "../../../src/agent/commands/journal.ts";
import { WrongStateError } from "../../../src/agent/commands/journal_store.ts";
import { JournalScene, order } from "./support/journals.ts";

const ok = { code: 0, message: "done" } as const;
const noRestarts = new Set<string>();

async function run(scene: JournalScene, id: string): Promise<void> {
  await scene.journal.start(id);
  await scene.journal.finish(id, ok);
  await scene.journal.report(id);
}

/** Runs a command, has its result acknowledged, and the journal notice that. */
async function runAndDeliver(scene: JournalScene, id: string): Promise<void> {
  await run(scene, id);
  await scene.sent();
  await scene.journal.tidy();
}

function idsOf(scene: JournalScene): string[] {
  return scene.rows().map(({ document_id }) => document_id);
}

Deno.test("Journal takes a command through its states, each on disk before the next", async () => {
  using scene = new JournalScene();
  const receipt = await scene.journal.receive([order("a", "work", { n: 1 }, 7)]);
  assert.deepEqual(receipt.accepted, [
    { document_id: "a", action: "work", startWithinMs: 7_000 },
  ]);
  assert.equal(scene.state("a"), "received");

  scene.clock.jumpTo(scene.clock.now() + 5);
  const start = await scene.journal.start("a");
  assert.deepEqual(start, {
    kind: "begun",
    command: {
      document_id: "a",
      action: "work",
      args: { n: 1 },
      timeout_ms: 7_000,
      start_within_ms: 7_000,
    },
  });
  assert.equal(scene.state("a"), "running");
  await scene.journal.finish("a", { code: 0, message: "done", data: "42" });
  assert.equal(scene.state("a"), "done");
  assert.deepEqual(await scene.sent(), []);
  await scene.journal.report("a");
  const [row] = scene.rows();
  assert.equal(row?.state, "reported");
  assert.equal((row?.started_ms ?? 0) - (row?.received_ms ?? 0), 5);
  assert.deepEqual(await scene.sent(), [{ id: "a", code: 0, message: "done", data: "42" }]);
});

Deno.test("Journal refuses transitions from where the command is not", async () => {
  using scene = new JournalScene();
  await scene.journal.receive([order("a")]);
  await assert.rejects(scene.journal.finish("a", ok), WrongStateError);
  await assert.rejects(scene.journal.report("a"), WrongStateError);
  await assert.rejects(scene.journal.start("b"), /"b" cannot become running: it is not in the/);
  await scene.journal.start("a");
  await assert.rejects(scene.journal.start("a"), /"a" cannot become running: it is running/);
  assert.deepEqual(await scene.sent(), []);
});

Deno.test("start() answers a command whose row the disk changed, and does not run it", async () => {
  for (
    const change of [
      "args = '{'",
      "args = NULL",
      "action = NULL",
      "timeout_ms = NULL",
      "timeout_ms = -1",
    ]
  ) {
    using scene = new JournalScene();
    await scene.journal.receive([order("a")]);
    scene.change(`UPDATE command SET ${change}`);
    const start = await scene.journal.start("a");
    assert.equal(start.kind, "damaged", change);
    const [sent] = await scene.sent();
    assert.deepEqual([sent?.code, sent?.message], [1, "what the journal says of it is damaged"]);
    assert.equal(scene.state("a"), "reported");
  }
});

Deno.test("recover() reports a result that the disk took away as lost", async () => {
  using scene = new JournalScene();
  await scene.journal.receive([order("a")]);
  await scene.journal.start("a");
  await scene.journal.finish("a", ok);
  scene.change("UPDATE command SET code = NULL, message = NULL");
  scene.reopen();
  await scene.journal.recover(noRestarts);
  const [sent] = await scene.sent();
  assert.deepEqual([sent?.code, sent?.message], [1, "the result is lost: the journal is damaged"]);
});

Deno.test("receive() takes a whole list in one transaction, in order", async () => {
  using scene = new JournalScene();
  let commits = 0;
  scene.queue.onChange(() => commits++);
  const ids = Array.from({ length: 500 }, (_, n) => `c${(n * 7919) % 500}`);
  const { accepted } = await scene.journal.receive(ids.map((id) => order(id)));
  assert.equal(commits, 1);
  assert.deepEqual(accepted.map(({ document_id }) => document_id), ids);
  scene.reopen();
  const { waiting } = await scene.journal.recover(noRestarts);
  assert.deepEqual(waiting.map(({ document_id }) => document_id), ids);
});

Deno.test("receive() takes a known command not again and reports its result again", async () => {
  using scene = new JournalScene();
  assert.equal((await scene.journal.receive([order("a"), order("a")])).repeated, 1);
  assert.deepEqual((await scene.journal.receive([order("a")])).accepted, []);
  assert.deepEqual(await scene.sent(), []);
  await run(scene, "a");
  await scene.sent();

  scene.reopen();
  const again = await scene.journal.receive([order("a", "something-else"), { document_id: "a" }]);
  assert.deepEqual(again, {
    accepted: [],
    repeated: 2,
    malformed: [],
    refused: [],
    denied: [],
    left: 0,
  });
  const result = { id: "a", code: 0, message: "done", data: "" };
  assert.deepEqual(await scene.sent(), [result]);

  await scene.journal.receive([order("a")]);
  assert.deepEqual(await scene.sent(), [], "not more than once a minute");
  await scene.clock.advance(60_000);
  await scene.journal.receive([order("a")]);
  assert.deepEqual(await scene.sent(), [result]);
});

Deno.test("receive() answers malformed members that have an id, and spoils no others", async () => {
  using scene = new JournalScene();
  const broken = { document_id: "b", action: { name: "work" }, timeout: "long" };
  const list = [order("a"), broken, "nothing", { document_id: "n" }, order("c")];
  const { accepted, malformed } = await scene.journal.receive(list);
  assert.deepEqual(accepted.map(({ document_id }) => document_id), ["a", "c"]);
  assert.deepEqual(malformed.map(({ document_id }) => document_id), ["b", undefined, "n"]);
  const sent = await scene.sent();
  assert.deepEqual(sent.map(({ id, code }) => [id, code]), [["b", 1], ["n", 1]]);
  assert.match(sent[0]?.message ?? "", /"timeout": expected number, received string/);
  assert.deepEqual(scene.rows().map(({ action }) => action), ["work", "work", null, "work"]);
});

Deno.test("recover() fails what was running, but for a restart; reports what was done", async () => {
  using scene = new JournalScene();
  await scene.journal.receive([order("w"), order("r", "restart"), order("d"), order("x")]);
  for (const id of ["w", "r", "d"]) await scene.journal.start(id);
  await scene.journal.finish("d", ok);

  scene.reopen();
  const { waiting, interrupted } = await scene.journal.recover(new Set(["restart"]));
  assert.deepEqual(waiting, [{ document_id: "x", action: "work", startWithinMs: 10_000 }]);
  assert.deepEqual(interrupted.map(({ document_id }) => document_id), ["w", "r"]);
  assert.deepEqual((await scene.sent()).map(({ id, code, message }) => [id, code, message]), [
    ["w", 1, "agent stopped during execution"],
    ["r", 0, "agent restarted"],
    ["d", 0, "done"],
  ]);
  scene.reopen();
  await scene.journal.recover(noRestarts);
  assert.deepEqual(await scene.sent(), []);
});

Deno.test("report() marks and queues in one transaction, or does neither", async () => {
  using scene = new JournalScene();
  await scene.journal.receive([order("a")]);
  await scene.journal.start("a");
  await scene.journal.finish("a", ok);
  const append = () => {
    throw new Error("disk full");
  };
  const failing = new Journal({
    queue: {
      transact: (write) => scene.queue.transact((open) => write({ ...open, append })),
    },
    clock: scene.clock,
    timeouts: { defaultMs: 1, maxMs: 1 },
  });
  await assert.rejects(failing.report("a"), /disk full/);
  assert.equal(scene.state("a"), "done");
  await scene.journal.report("a");
  assert.equal((await scene.sent()).length, 1);
});

Deno.test("finish() cuts long texts between characters and marks them", async () => {
  using scene = new JournalScene();
  await scene.journal.receive([order("a")]);
  await scene.journal.start("a");
  const message = "é".repeat(4096);
  await scene.journal.finish("a", { code: 1, message, data: "😀".repeat(100_000) });
  await scene.journal.report("a");
  const [result] = await scene.sent();
  const bytes = (text = "") => new TextEncoder().encode(text).length;
  assert.ok(bytes(result?.message) <= 4096 && bytes(result?.message) > 4090);
  assert.match(result?.message ?? "", /^é+ \[cut: 8192 bytes\]$/);
  assert.ok(bytes(result?.data) <= 262_144 && bytes(result?.data) > 262_130);
  assert.match(result?.data ?? "", /^(😀)+ \[cut: 400000 bytes\]$/u);
});

Deno.test("Journal forgets delivered commands by age and number, never others", async () => {
  using scene = new JournalScene({ retentionMs: 1_000, maxRows: 3 });
  await scene.journal.receive(["a", "b", "w"].map((id) => order(id)));
  await runAndDeliver(scene, "a");
  await scene.clock.advance(600);
  await runAndDeliver(scene, "b");
  await scene.clock.advance(600);
  assert.equal(await scene.journal.tidy(), 1);
  assert.deepEqual(idsOf(scene), ["b", "w"]);

  for (const id of ["c", "d", "e"]) {
    await scene.journal.receive([order(id)]);
    await runAndDeliver(scene, id);
  }
  await scene.journal.receive([]);
  assert.deepEqual(idsOf(scene), ["w", "c", "d", "e"]);
  await scene.clock.advance(1_000_000);
  await scene.journal.tidy();
  assert.deepEqual(idsOf(scene), ["w"]);
});

Deno.test("Journal keeps a command whose result was not delivered, however long that takes", async () => {
  using scene = new JournalScene({ retentionMs: 1_000, maxRows: 3 });
  await scene.journal.receive([order("a")]);
  await run(scene, "a");
  await scene.clock.advance(1_000_000);
  await scene.journal.tidy();
  assert.equal((await scene.journal.receive([order("a")])).repeated, 1);

  assert.equal((await scene.sent()).length, 1);
  await scene.journal.tidy();
  const [row] = scene.rows();
  assert.equal(row?.delivered_ms, scene.clock.now());
  await scene.clock.advance(1_001);
  assert.equal(await scene.journal.tidy(), 1);
});

Deno.test("Journal forgets nothing because the wall clock jumps", async () => {
  using scene = new JournalScene({ retentionMs: 1_000 });
  await scene.journal.receive([order("a")]);
  await runAndDeliver(scene, "a");
  scene.clock.jumpTo(scene.clock.now() + 8 * 86_400_000);
  await scene.journal.tidy();
  scene.reopen();
  await scene.journal.recover(noRestarts);
  await scene.journal.tidy();
  assert.equal((await scene.journal.receive([order("a")])).repeated, 1);
});

Deno.test("Journal takes a clock that counts in fractions, as the machine's does", async () => {
  let elapsedMs = 0.4;
  const clock = { now: () => Date.UTC(2026, 0, 1), monotonic: () => elapsedMs };
  using scene = new JournalScene({ retentionMs: 1_000, clock });
  await scene.journal.receive([order("a")]);
  elapsedMs += 10.7;
  await runAndDeliver(scene, "a");
  elapsedMs += 1_001.3;
  assert.equal(await scene.journal.tidy(), 1);
});

Deno.test("Journal counts the time of one process after the other", async () => {
  using scene = new JournalScene({ retentionMs: 1_000 });
  await scene.journal.receive([order("a")]);
  await runAndDeliver(scene, "a");
  for (let process = 0; process < 3; process++) {
    await scene.clock.advance(400);
    assert.deepEqual(idsOf(scene), ["a"]);
    await scene.journal.tidy();
    scene.reopen();
  }
  assert.deepEqual(idsOf(scene), []);
});

Deno.test("receive() refuses new commands while too many results wait for the server", async () => {
  using scene = new JournalScene({ maxRows: 2 });
  for (const id of ["a", "b"]) {
    await scene.journal.receive([order(id)]);
    await run(scene, id);
  }
  assert.equal((await scene.journal.receive([order("c")])).refused.length, 1);
  await scene.sent();
  await scene.journal.tidy();
  assert.equal((await scene.journal.receive([order("d")])).accepted.length, 1);
});

Deno.test("receive() answers what finds no room, for good", async () => {
  using scene = new JournalScene({ maxRows: 2 });
  const list = ["a", "b", "c"].map((id) => order(id));
  const { accepted, refused } = await scene.journal.receive(list);
  assert.equal(accepted.length, 2);
  assert.deepEqual(refused, [{ document_id: "c", action: "work" }]);
  const refusal = { id: "c", code: 1, message: "too many commands waiting", data: "" };
  assert.deepEqual(await scene.sent(), [refusal]);
  await run(scene, "a");
  await scene.sent();
  assert.equal((await scene.journal.receive([order("c")])).repeated, 1);
  assert.deepEqual(await scene.sent(), [refusal]);
});

Deno.test("setLimits() counts for commands that come later and for what is kept from now on", async () => {
  using scene = new JournalScene({ retentionMs: 1_000_000 });
  scene.journal.setLimits({ timeouts: { defaultMs: 1, maxMs: 2_000 }, retentionMs: 1_000 });
  await scene.journal.receive([order("a", "work", {}, 10)]);
  const start = await scene.journal.start("a");
  assert.equal(start.kind === "begun" && start.command.timeout_ms, 2_000);
});

Deno.test("receive() tells no result again that is in the queue still, however often its command comes", async () => {
  using scene = new JournalScene();
  await scene.journal.receive([order("a")]);
  await run(scene, "a");
  const thousand = Array.from({ length: 1_000 }, () => order("a"));
  for (let poll = 0; poll < 3; poll++) {
    assert.equal((await scene.journal.receive(thousand)).repeated, 1_000);
    await scene.clock.advance(60_000);
  }
  assert.equal((await scene.sent()).length, 1);
  await scene.journal.receive(thousand);
  assert.equal((await scene.sent()).length, 1);
});

Deno.test("receive() tells at most a thousand results again in a minute", async () => {
  using scene = new JournalScene({ maxRows: 2_000 });
  const ids = Array.from({ length: 1_500 }, (_, index) => `${index}`);
  await scene.journal.receive(ids.map((id) => ({ document_id: id })));
  const sent = async () => {
    let count = 0;
    for (let results = await scene.sent(); results.length > 0; results = await scene.sent()) {
      count += results.length;
    }
    return count;
  };
  assert.equal(await sent(), 1_500);
  await scene.journal.receive(ids.map((id) => order(id)));
  assert.equal(await sent(), 1_000);
  await scene.journal.receive(ids.map((id) => order(id)));
  assert.equal(await sent(), 0);
  await scene.clock.advance(60_000);
  await scene.journal.receive(ids.map((id) => order(id)));
  assert.equal(await sent(), 1_000);
});

Deno.test("receive() keeps and answers only so many while nothing is delivered", async () => {
  using scene = new JournalScene({ maxRows: 2 });
  for (let list = 0; list < 3; list++) {
    const ids = Array.from({ length: 1_000 }, (_, index) => `${list}-${index}`);
    await scene.journal.receive(ids.map((id) => order(id)));
    await scene.journal.receive(ids.map((id) => ({ document_id: `malformed-${id}` })));
  }
  assert.equal(scene.rows().length, 1_002);
  const { left } = await scene.journal.receive([order("late")]);
  assert.equal(left, 1);
  assert.equal(scene.state("late"), undefined);
});
