import assert from "node:assert/strict";
import { endpointIn, listen } from "../../../../src/agent/control/endpoint.ts";
import { apiOver } from "../../../support/local_api.ts";
import { openQueue } from "../../../support/queues.ts";
import { fill, QueueScene } from "../../../support/filled_queue.ts";

Deno.test("dead-letters list shows each letter with what the server said", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const { stdout } = await scene.run("dead-letters", "list");
  assert.match(stdout, /\n1 +2026-01-01T00:00:00Z +stateless +2 +\d+ +400 +unknown module\n$/);
  const { letters: [letter] } = await scene.json("dead-letters", "list");
  assert.deepEqual([letter.id, letter.events, letter.status, letter.at], [
    1,
    2,
    400,
    "2026-01-01T00:00:00.000Z",
  ]);
});

Deno.test("dead-letters show prints a letter's events, and names one that is not there", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const { stdout } = await scene.run("dead-letters", "show", "1");
  assert.match(stdout, /^2026-01-01T00:00:00Z {2}stateless, batch \S+\n400: unknown module\n/);
  assert.match(stdout, /\nstateless 2\n {2}\{"module":"logcollector","collector":"file"\}\n/);
  const document = await scene.json("dead-letters", "show", "1");
  assert.deepEqual(
    document.event_list.map(({ data }: { data: unknown }) => data),
    [{ event: { original: "line 0" } }, { event: { original: "line 1" } }],
  );
  const none = await scene.run("dead-letters", "show", "7");
  assert.deepEqual([none.code, none.stderr], [
    1,
    "Error: There is no dead letter 7\nTry: agent dead-letters list\n",
  ]);
});

Deno.test("dead-letters export writes each event with what the server said", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const { stdout } = await scene.run("dead-letters", "export");
  const [first, ...others] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(others.length, 1);
  assert.equal(first.letter, 1);
  assert.equal(first.reason, "unknown module");
  assert.deepEqual(first.data, { event: { original: "line 0" } });
});

Deno.test("dead-letters retry and drop work on a stopped agent's queue, which stays sound", async () => {
  using scene = new QueueScene();
  await fill(scene);
  assert.deepEqual(await scene.run("dead-letters", "retry", "1"), {
    code: 0,
    stdout: "Put back at the end of the queue: 1 dead letter with 2 events\n",
    stderr: "",
  });
  const { streams } = await scene.json("queue", "stat");
  assert.equal(streams.stateless.account.queued.events, 5);
  assert.equal((await scene.run("queue", "verify")).code, 0);
  const again = await scene.json("dead-letters", "drop", "--all");
  const nothing = { schema: 1, letters: 0, events: 0, bytes: 0, outdated_events: 0, skipped: [] };
  assert.deepEqual(again, nothing);
});

Deno.test("dead-letters retry and drop go through a running agent", async () => {
  using scene = new QueueScene();
  await fill(scene);
  using queue = openQueue(scene.folder);
  const api = apiOver(queue);
  const listener = await listen(endpointIn(scene.folder.file("run")), (of) => api.fetch(of));
  try {
    const none = await scene.run("dead-letters", "retry", "8");
    assert.deepEqual([none.code, none.stderr], [
      1,
      "Error: There is no dead letter 8\nTry: agent dead-letters list\n",
    ]);
    const { stdout } = await scene.run("dead-letters", "drop", "--reason", "unknown");
    assert.match(
      stdout,
      /^Given up, and written into the loss ledger: 1 dead letter with 2 events$/m,
    );
    assert.equal(queue.deadLetters().events, 0);
    assert.equal((await scene.run("queue", "verify")).code, 0);
  } finally {
    await listener.close();
  }
  const { losses } = await scene.json("losses");
  assert.equal(losses.at(-1).detail, "400: unknown module");
});

Deno.test("dead-letters retry and drop want to be told which, once", async () => {
  using scene = new QueueScene();
  await fill(scene);
  for (const words of [[], ["1", "--all"], ["--reason", ""], ["--all", "--reason", "x"]]) {
    const { code, stderr } = await scene.run("dead-letters", "drop", ...words);
    assert.equal(code, 2, words.join(" "));
    assert.match(stderr, /^Error: Say which dead letters: .*\nTry: agent dead-letters drop 1 2\n$/);
  }
  assert.equal((await scene.run("dead-letters", "drop", "x")).code, 2);
  assert.equal((await scene.json("dead-letters", "list")).letters.length, 1);
});

Deno.test("dead-letters retry --json is printed also when damaged letters stay, which ends with 1", async () => {
  using scene = new QueueScene();
  await fill(scene);
  scene.damage("UPDATE dead_letter SET lines = x'0a7b0a7b'");
  const { code, stdout, stderr } = await scene.run("dead-letters", "retry", "--all", "--json");
  assert.equal(code, 1);
  assert.equal(JSON.parse(stdout).skipped[0].id, 1);
  assert.match(stderr, /^Error: Damaged dead letters stay: 1 \(say \d+ bytes and have 4\)\n/);
});
