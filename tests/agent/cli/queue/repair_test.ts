import assert from "node:assert/strict";
import { lockDataFolder } from "../../../../src/agent/identity/data_folder_lock.ts";
import { fill, QueueScene } from "../../../support/filled_queue.ts";
import { openQueue } from "../../../support/queues.ts";

/** Names in the folder of a scene. */
function names({ folder }: QueueScene): string[] {
  return [...Deno.readDirSync(folder.path)].map(({ name }) => name).toSorted();
}

/** What is changed in the database, and how many of the 5 queued events can be kept then. */
const CASES: { name: string; sql: string; kept: number; checkpoints?: number }[] = [
  {
    name: "an event",
    sql: `UPDATE stateless_chunk SET lines = cast(replace(cast(lines AS TEXT), 'line 4', 'line 5')
      AS BLOB) WHERE last_event = 5`,
    kept: 4,
  },
  { name: "an account", sql: "UPDATE account SET taken_events = 999", kept: 5 },
  { name: "a batch", sql: "UPDATE batch SET last_event = 5", kept: 5 },
  {
    name: "events behind a batch's back",
    sql: "DELETE FROM stateless_chunk WHERE last_event = 4",
    kept: 3,
  },
  { name: "a checkpoint", sql: "UPDATE checkpoint SET value = '{}'", kept: 5, checkpoints: 0 },
  { name: "the numbers", sql: "UPDATE sqlite_sequence SET seq = 1", kept: 5 },
  { name: "a dead letter's count", sql: "UPDATE dead_letter SET events = 9", kept: 5 },
  { name: "a dead letter's lines", sql: "UPDATE dead_letter SET lines = x'0a7b'", kept: 5 },
];

for (const { name, sql, kept, checkpoints = 1 } of CASES) {
  Deno.test(`queue repair keeps the rest when the disk changed ${name}, and the queue is sound`, async () => {
    using scene = new QueueScene();
    await fill(scene);
    scene.damage(sql);
    assert.equal((await scene.run("queue", "verify")).code, 1);
    const before = Deno.readFileSync(scene.folder.file("agent.db"));
    const { code, stdout, stderr } = await scene.run("queue", "repair");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^before +stateless +.*\n(?:.*\n)*after +stateless /m);
    const { sound, checked } = await scene.json("queue", "verify");
    assert.deepEqual([sound, checked.events, checked.checkpoints], [true, kept, checkpoints]);
    const [aside = ""] = names(scene).filter((one) => /^agent\.db\.damaged-[^-]*$/.test(one));
    assert.deepEqual(Deno.readFileSync(scene.folder.file(aside)), before);
  });
}

Deno.test("queue repair writes what is gone into the ledger, and keeps the dead letters", async () => {
  using scene = new QueueScene();
  await fill(scene);
  scene.damage("DELETE FROM stateless_chunk WHERE last_event = 5");
  const { repaired, set_aside_as, before, after } = await scene.json("queue", "repair");
  assert.deepEqual([repaired, before.verified.defect_count, after.verified.defect_count], [
    true,
    1,
    0,
  ]);
  assert.equal(before.accounts.stateless.queued.events, 3);
  assert.equal(after.accounts.stateless.queued.events, 2);
  const { losses } = await scene.json("losses");
  const [lost] = losses.filter(({ reason }: { reason: string }) => reason === "queue damaged");
  assert.equal(lost.events, 1);
  assert.ok(lost.detail.includes(set_aside_as));
  assert.equal((await scene.json("dead-letters", "list")).letters.length, 1);
});

Deno.test("queue repair makes a queue also of a file in which nothing can be read", async () => {
  using scene = new QueueScene();
  await fill(scene);
  Deno.writeTextFileSync(scene.folder.file("agent.db"), "not a database ".repeat(1_000));
  const { repaired, before } = await scene.json("queue", "repair");
  assert.deepEqual([repaired, before.accounts], [true, null]);
  assert.equal((await scene.run("queue", "verify")).code, 0);
});

Deno.test("queue repair changes nothing where nothing is wrong", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const before = Deno.readFileSync(scene.folder.file("agent.db"));
  const { code, stdout } = await scene.run("queue", "repair");
  assert.equal(code, 0);
  assert.match(stdout, /\nNothing is wrong, nothing was changed\n$/);
  assert.deepEqual(Deno.readFileSync(scene.folder.file("agent.db")), before);
});

Deno.test("queue repair, and retry without a local API, leave a folder alone that an agent holds", async () => {
  using scene = new QueueScene();
  await fill(scene);
  scene.damage("UPDATE account SET taken_events = 999");
  using _lock = lockDataFolder(scene.folder.path);
  using _queue = openQueue(scene.folder);
  for (const words of [["queue", "repair"], ["dead-letters", "retry", "--all"]]) {
    const { code, stderr } = await scene.run(...words);
    assert.equal(code, 8);
    assert.match(stderr, /^Error: Data folder ".*" is in use by process \d+\nTry: stop the agent/);
  }
  assert.equal(names(scene).some((name) => name.includes("damaged-")), false);
});
