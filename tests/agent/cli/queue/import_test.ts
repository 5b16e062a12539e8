import assert from "node:assert/strict";
import { endpointIn, listen } from "../../../../src/agent/control/endpoint.ts";
import { exportedEvent } from "../../../../src/agent/cli/queue/exported_event.ts";
import { apiOver } from "../../../support/local_api.ts";
import { fill, QueueScene } from "../../../support/filled_queue.ts";
import { openQueue } from "../../../support/queues.ts";

/** Header and data of each queued event, without its number. */
async function queued(scene: QueueScene): Promise<string[]> {
  const { stdout } = await scene.run("queue", "export");
  return stdout.trimEnd().split("\n").map((line) => JSON.stringify(exportedEvent(line)));
}

Deno.test("queue import puts exported events behind those that are queued, as they were, and notes it", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const before = await queued(scene);
  const file = scene.folder.file("events.ndjson");
  await scene.run("queue", "export", "--out", file);
  assert.deepEqual(await scene.json("queue", "import", file), {
    schema: 1,
    events: 5,
    via: "queue",
  });
  const [stateless, stateful] = [before.slice(0, 3), before.slice(3)];
  assert.deepEqual(await queued(scene), [...stateless, ...stateless, ...stateful, ...stateful]);
  assert.equal((await scene.run("queue", "verify")).code, 0);
  const { losses } = await scene.json("losses");
  const notes = losses.filter(({ reason }: { reason: string }) =>
    reason === "events imported by an operator"
  );
  assert.deepEqual(
    notes.map(({ stream, events, detail }: Record<string, unknown>) => [stream, events, detail]),
    [["stateless", 0, file], ["stateful", 0, file]],
  );
});

Deno.test("queue import goes through the agent that runs", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const file = scene.folder.file("events.ndjson");
  await scene.run("queue", "export", "--stream", "stateless", "--out", file);
  using queue = openQueue(scene.folder);
  const api = apiOver(queue);
  const listener = await listen(
    endpointIn(scene.folder.file("run")),
    (request) => api.fetch(request),
  );
  const result = await scene.json("queue", "import", file);
  await listener.close();
  assert.deepEqual(result, { schema: 1, events: 3, via: "running_agent" });
  assert.equal(queue.account("stateless").queued.events, 6);
});

Deno.test("queue import changes nothing when one line is no exported event, and names it", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const { stdout } = await scene.run("queue", "export", "--stream", "stateless");
  const [first = ""] = stdout.split("\n");
  const file = scene.folder.file("events.ndjson");
  const cases: [string, RegExp][] = [
    ["{", /:2: no exported event: .*JSON/],
    ['{"stream":"other","header":{},"data":{}}', /its stream is neither/],
    ['{"stream":"stateless","damaged":true,"header":"x","data":"y"}', /marked as damaged/],
    ['{"stream":"stateless","data":{}}', /it has no header/],
    ['{"stream":"stateless","header":{"module":""},"data":{}}', /:2: no exported event/],
  ];
  const before = await queued(scene);
  for (const [line, problem] of cases) {
    Deno.writeTextFileSync(file, `${first}\n${line}\n`);
    const { code, stderr } = await scene.run("queue", "import", file);
    assert.equal(code, 1);
    assert.match(stderr, problem);
    assert.match(stderr, /Try: give a file that agent queue export wrote/);
  }
  assert.deepEqual(await queued(scene), before);
});

Deno.test("queue import takes nothing when there is no room for all of it", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const file = scene.folder.file("events.ndjson");
  await scene.run("queue", "export", "--out", file);
  Deno.writeTextFileSync(scene.config, "queue.max_events: 9\n", { append: true });
  const { code, stderr } = await scene.run("queue", "import", file);
  assert.equal(code, 1);
  assert.match(stderr, /no room for 5 events more: nothing was imported/);
  assert.equal((await queued(scene)).length, 5);
});

Deno.test("exportedEvent() keeps long numbers, and names of members within the header, as they are", () => {
  const header = '{"module":"m","id":",\\"data\\":1","operation":"create"}';
  const data = '{"n":12345678901234567890.10,"data":{"data":null}}';
  const line = `{"stream":"stateful","event":1,"header":${header},"data":${data}}`;
  assert.deepEqual(exportedEvent(line), { stream: "stateful", lines: `\n${header}\n${data}` });
});

Deno.test("exportedEvent() looks at a line once, however often it says data", () => {
  const many = `{"module":"m","a":[{"b":1${',"data":1'.repeat(200_000)}}]}`;
  const line = `{"stream":"stateless","header":${many},"data":{}}`;
  assert.equal(exportedEvent(line).lines, `\n${many}\n{}`);
  const twice = '{"stream":"stateless","header":{},"data":{},"header":{},"data":{}}';
  assert.throws(() => exportedEvent(twice), /have to be its last two members/);
});
