import assert from "node:assert/strict";
import { endpointIn, listen } from "../../../../src/agent/control/endpoint.ts";
import { QueueScene } from "../../../support/filled_queue.ts";
import { apiOver } from "../../../support/local_api.ts";
import { openQueue } from "../../../support/queues.ts";
import { runWithInput } from "../../../support/run_command.ts";

/** A scene with an empty queue. */
function newScene(): QueueScene {
  const scene = new QueueScene();
  openQueue(scene.folder).close();
  return scene;
}

async function send(scene: QueueScene, input: Iterable<string | Uint8Array>, ...args: string[]) {
  const common = ["--module", "app", "--json", "--config", scene.config];
  const { code, stdout, stderr } = await runWithInput(input, "send", ...common, ...args);
  return { code, stderr, receipt: stdout === "" ? undefined : JSON.parse(stdout) };
}

/** Header and data of each queued event. */
async function queued(scene: QueueScene): Promise<{ header: unknown; data: Data }[]> {
  const { stdout } = await scene.run("queue", "export");
  return stdout.split("\n").filter((line) => line !== "").map((line) => {
    const { header, data } = JSON.parse(line);
    return { header, data };
  });
}

// deno-lint-ignore no-explicit-any -- whatever was sent, looked at member by member
type Data = any;

Deno.test("send puts each line into the queue of an agent that does not run, and tells what is there", async () => {
  using scene = newScene();
  const { code, receipt } = await send(scene, ["one\n\nt", "wo\r\nthr", "ee"]);
  assert.equal(code, 0);
  assert.deepEqual(receipt, {
    schema: 1,
    events: 3,
    truncated: 0,
    first_event: 1,
    last_event: 3,
    last_line: 4,
    via: "queue",
    error: null,
  });
  const events = await queued(scene);
  assert.deepEqual(events.map(({ data }) => data.event.original), ["one", "two", "three"]);
  assert.deepEqual(events[0]?.header, { module: "app", collector: "send" });
});

Deno.test("send goes through the agent that runs", async () => {
  using scene = newScene();
  using queue = openQueue(scene.folder);
  const api = apiOver(queue);
  const listener = await listen(endpointIn(scene.folder.file("run")), (one) => api.fetch(one));
  const { receipt } = await send(scene, ["a\nb\n"], "--collector", "nightly");
  await listener.close();
  assert.deepEqual([receipt.events, receipt.via], [2, "running_agent"]);
  assert.equal(queue.account("stateless").queued.events, 2);
});

Deno.test("send sends more lines than go into one request, in their order", async () => {
  using scene = newScene();
  const lines = Array.from({ length: 2_500 }, (_, index) => `line ${index}`);
  const { receipt } = await send(scene, [lines.join("\n")]);
  assert.deepEqual([receipt.events, receipt.last_line, receipt.last_event], [2_500, 2_500, 2_500]);
  const events = await queued(scene);
  assert.deepEqual(events.map(({ data }) => data.event.original), lines);
});

Deno.test("send cuts a line that is too long, and marks it", async () => {
  using scene = newScene();
  const { receipt } = await send(scene, ["x".repeat(200_000), "\nnext\n"]);
  assert.deepEqual([receipt.events, receipt.truncated], [2, 1]);
  const [{ data: long } = { data: undefined }, { data: next } = { data: undefined }] = await queued(
    scene,
  );
  assert.equal(long.event.original.length, 65_536);
  assert.deepEqual(long.log, { flags: ["truncated"] });
  assert.equal(next.event.original, "next");
});

Deno.test("send --ndjson takes each object as the members of an event", async () => {
  using scene = newScene();
  const lines = ['{"event":{"action":"deploy"},"n":1}', '{"event":{"created":"x"}}', "{}"];
  const { code } = await send(scene, [lines.join("\n")], "--ndjson");
  assert.equal(code, 0);
  const [first, second, third] = (await queued(scene)).map(({ data }) => data);
  assert.deepEqual([first.event.action, first.n], ["deploy", 1]);
  assert.match(first.event.created, /^\d{4}-/);
  assert.deepEqual(second, { event: { created: "x" } });
  assert.match(third.event.created, /^\d{4}-/);
});

Deno.test("send --ndjson stores what stands before a line that is wrong, says which, and nothing behind it", async () => {
  for (
    const wrong of ["{", "[1]", "7", '{"event":1}', '{"agent":{}}', `{"a":"${"x".repeat(2e6)}"}`]
  ) {
    using scene = newScene();
    const { code, receipt, stderr } = await send(
      scene,
      [`{"n":1}\n\n${wrong}\n{"n":2}\n`],
      "--ndjson",
    );
    assert.equal(code, 2);
    assert.deepEqual([receipt.events, receipt.last_line, receipt.error.code], [1, 1, "usage"]);
    assert.match(stderr, /Line 3 is no JSON object that can be sent: /);
    assert.equal((await queued(scene)).length, 1);
  }
});

Deno.test("send of nothing is no failure", async () => {
  using scene = newScene();
  const { code, receipt } = await send(scene, ["\n\n"]);
  assert.deepEqual([code, receipt.events, receipt.via], [0, 0, null]);
});

Deno.test("send says that there is no agent yet, and a name that cannot be", async () => {
  using scene = new QueueScene();
  const { code, receipt } = await send(scene, ["a\n"]);
  assert.deepEqual([code, receipt.error.code], [4, "not_registered"]);
  assert.equal((await send(scene, ["a\n"], "--module", "a b")).code, 2);
  assert.equal((await runWithInput(["a\n"], "send", "--config", scene.config)).code, 2);
});

Deno.test("send gives up in time when the queue has no room, and says so", async () => {
  using scene = newScene();
  const config = `${Deno.readTextFileSync(scene.config)}queue.max_events: 1000\n`;
  Deno.writeTextFileSync(scene.config, config);
  const lines = Array.from({ length: 2_000 }, (_, index) => `${index}\n`).join("");
  const { code, receipt } = await send(scene, [lines], "--timeout", "100ms");
  assert.deepEqual([code, receipt.events, receipt.error.code], [14, 1_000, "not_acknowledged"]);
});
