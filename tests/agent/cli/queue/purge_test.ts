import assert from "node:assert/strict";
import { endpointIn, listen } from "../../../../src/agent/control/endpoint.ts";
import { apiOver } from "../../../support/local_api.ts";
import { claim, QueueScene, stateless } from "../../../support/filled_queue.ts";
import { openQueue } from "../../../support/queues.ts";

const DAY_MS = 86_400_000;

/** 4 events of the first of January, the first two of them in a batch, and 3 of the third; all wall clock. */
async function fillTwice(scene: QueueScene): Promise<void> {
  let nowMs = Date.UTC(2026, 0, 1);
  using queue = openQueue(scene.folder, { now: () => nowMs });
  await queue.append({ stream: "stateless", events: stateless(4, "old ") });
  await claim(queue, "stateless", 2);
  nowMs += 2 * DAY_MS;
  await queue.append({ stream: "stateless", events: stateless(3, "new ") });
}

const PURGE = ["queue", "purge", "--stream", "stateless", "--older", "2026-01-02T00:00:00Z"];

async function assertPurged(scene: QueueScene): Promise<void> {
  const { stdout } = await scene.run("queue", "export");
  const texts = stdout.trimEnd().split("\n").map((line) => JSON.parse(line).data.event.original);
  assert.deepEqual(texts, ["old 0", "old 1", "new 0", "new 1", "new 2"]);
  const { losses: [loss] } = await scene.json("losses");
  assert.deepEqual([loss.events, loss.reason, loss.detail], [
    2,
    "purged by an operator",
    "stored before 2026-01-02T00:00:00.000Z",
  ]);
}

Deno.test("queue purge gives up what is old and in no batch, and the ledger says so", async () => {
  using scene = new QueueScene();
  await fillTwice(scene);
  assert.deepEqual(await scene.json(...PURGE, "--yes"), { schema: 1, events: 2 });
  await assertPurged(scene);
  assert.equal((await scene.run("queue", "verify")).code, 0);
  assert.match(
    (await scene.run(...PURGE, "--yes")).stdout,
    /ledger: 0 events of stateless.*\nEvents in a batch stay/,
  );
});

Deno.test("queue purge goes through the agent that runs", async () => {
  using scene = new QueueScene();
  await fillTwice(scene);
  using queue = openQueue(scene.folder);
  const api = apiOver(queue);
  const endpoint = endpointIn(scene.folder.file("run"));
  const listener = await listen(endpoint, (request) => api.fetch(request));
  const report = await scene.json(...PURGE, "--yes");
  await listener.close();
  assert.equal(report.events, 2);
  await assertPurged(scene);
});

Deno.test("queue purge wants to be told which events, and that it is meant", async () => {
  using scene = new QueueScene();
  await fillTwice(scene);
  for (const words of [PURGE, ["queue", "purge", "--yes"]]) {
    const { code, stderr } = await scene.run(...words);
    assert.equal(code, 2);
    assert.match(stderr, /lost for good: --stream, --older and --yes\nTry: agent queue purge/);
  }
  assert.equal((await scene.json("queue", "stat")).streams.stateless.account.queued.events, 7);
});

Deno.test("POST /v1/queue/purge says what a body must be", async () => {
  using scene = new QueueScene();
  using queue = openQueue(scene.folder);
  for (const body of ["", "{}", '{"stream":"x","before_ms":1}', '{"stream":"stateless"}']) {
    const request = new Request("http://agent/v1/queue/purge", { method: "POST", body });
    const answer = await apiOver(queue).fetch(request);
    const { code, hint } = await answer.json();
    assert.equal(code, "usage");
    assert.match(hint, /before_ms/);
  }
});
