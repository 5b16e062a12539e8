import assert from "node:assert/strict";
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
