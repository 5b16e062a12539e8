import assert from "node:assert/strict";
import { hasResponses } from "../../../../src/agent/app/stopped/read_responses.ts";
import { createResponses } from "../../../../src/agent/app/response_parts.ts";
import { databaseParts } from "../../../../src/agent/app/queue/database_parts.ts";
import { configSchema } from "../../../../src/agent/config/schema.ts";
import { MODULES } from "../../../../src/agent/modules/modules.ts";
import { responseArgs } from "../../../../src/agent/responses/response_order.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { QueueScene } from "../../../support/filled_queue.ts";
import { openQueue } from "../../../support/queues.ts";

/** Writes down what it is told, and fails to disable as long as there is a file `broken`. */
const SCRIPT = `#!/bin/sh
data=\${0%/running-scripts/*}
read -r line
case $line in *'"command":"disable"'*) [ -e "$data/broken" ] && exit 4;; esac
echo "$line" >> "$data/told"
`;

function test(name: string, run: (scene: QueueScene) => Promise<void>): void {
  Deno.test({
    name: `responses ${name}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      using scene = new QueueScene();
      const bin = scene.folder.file("active-response/bin");
      Deno.mkdirSync(bin, { recursive: true, mode: 0o700 });
      Deno.writeTextFileSync(`${bin}/note`, SCRIPT, { mode: 0o700 });
      await run(scene);
    },
  });
}

/** Enables something against addresses, as an agent did that runs no more. */
async function enable(scene: QueueScene, ...addresses: string[]): Promise<string[]> {
  using queue = openQueue(scene.folder, { parts: databaseParts(MODULES) });
  const agent = { server_url: "https://198.51.100.1", path: { data: scene.folder.path } };
  const config = configSchema().parse({ agent });
  const { responses } = createResponses({
    config: () => config,
    agent: { id: "a", name: "test" },
    queue,
    clock: systemClock,
  });
  const { signal } = new AbortController();
  for (const ip of addresses) {
    const order = { name: "note", command: "enable", duration_s: 600, source: { ip } };
    const result = await responses.order({
      args: responseArgs.parse(order),
      documentId: "7",
      signal,
    });
    assert.equal(result.code, 0, result.message);
  }
  return responses.list().map(({ key }) => key);
}

function told(scene: QueueScene): string[] {
  const lines = Deno.readTextFileSync(scene.folder.file("told")).trim().split("\n");
  return lines.map((line) => {
    const { source, command } = JSON.parse(line);
    return `${command} ${source.ip}`;
  });
}

test("lists what has not ended, from the disk", async (scene) => {
  assert.equal((await scene.run("responses")).stdout, "Nothing is enabled.\n");
  const [key] = await enable(scene, "192.0.2.7");
  const { stdout } = await scene.run("responses", "list");
  assert.match(stdout, /^KEY +STATE +SOURCE +USER +ENABLED +EXPIRES +PROBLEM\n/);
  assert.match(stdout, /\nnote:[0-9a-f]{40} +active +192\.0\.2\.7 +- +20.*Z +20.*Z +-\n$/);
  const { schema, responses: [response] } = await scene.json("responses");
  const { enabled_at, expires_at, ...rest } = response;
  assert.equal(schema, 1);
  const lastsMs = Date.parse(expires_at) - Date.parse(enabled_at);
  assert.ok(Math.abs(lastsMs - 600_000) < 60_000);
  assert.deepEqual(rest, {
    key,
    name: "note",
    state: "active",
    source: { ip: "192.0.2.7" },
    user: null,
    document_id: "7",
    attempts: 0,
    failure: null,
    next_try_at: null,
  });
});

test("revert ends one or all while no agent runs, and the events wait in the queue", async (scene) => {
  const [key = ""] = await enable(scene, "192.0.2.7", "192.0.2.8", "192.0.2.9");
  const one = await scene.run("responses", "revert", key);
  assert.deepEqual([one.code, one.stdout], [0, `${key}  reverted: exit status 0\n`]);
  const { responses } = await scene.json("responses", "revert", "--all");
  assert.equal(responses.length, 2);
  assert.deepEqual(told(scene).slice(3).map((line) => line.split(" ")[0]), [
    "disable",
    "disable",
    "disable",
  ]);
  assert.equal((await scene.run("responses")).stdout, "Nothing is enabled.\n");
  using queue = openQueue(scene.folder, { parts: databaseParts(MODULES) });
  assert.equal(queue.account("stateless").queued.events, 6);
});

test("revert fails for what cannot be reverted, and the list says why", async (scene) => {
  await enable(scene, "192.0.2.7");
  Deno.writeTextFileSync(scene.folder.file("broken"), "");
  const failed = await scene.run("responses", "revert", "--all");
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /not reverted, and tried again: exit status 4\n$/);
  assert.match(failed.stderr, /1 response is not reverted/);
  const { stdout } = await scene.run("responses");
  assert.match(stdout, /reverting .* exit status 4 \(tried once, next at 20.*Z\)\n$/);
  Deno.removeSync(scene.folder.file("broken"));
  assert.equal((await scene.run("responses", "revert", "--all")).code, 0);
});

test("revert wants to know which, and says what it does not know", async (scene) => {
  await enable(scene, "192.0.2.7");
  for (const args of [[], ["note:0", "--all"]]) {
    const { code, stderr } = await scene.run("responses", "revert", ...args);
    assert.equal(code, 2);
    assert.match(stderr, /Say which responses: their keys, or --all/);
  }
  const unknown = await scene.run("responses", "revert", "other:1");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /No response has the key "other:1"/);
  const word = await scene.run("responses", "rever");
  assert.equal(word.code, 2);
});

test("what is over and could not be reverted is a failure for doctor, and what nobody reverts a warning", async (scene) => {
  const found = async () => {
    const { checks } = await scene.json("doctor", "--offline");
    return checks.find(({ id }: { id: string }) => id === "agent.responses");
  };
  const [key = ""] = await enable(scene, "192.0.2.7");
  assert.deepEqual([(await found()).status, (await found()).message], ["ok", "1 response enabled"]);
  scene.damage("UPDATE response SET expires_age_ms = expires_age_ms - 3600000");
  assert.equal((await found()).status, "warn");
  Deno.writeTextFileSync(scene.folder.file("broken"), "");
  await scene.run("responses", "revert", key);
  const { status, message, detail } = await found();
  assert.equal(status, "fail");
  assert.equal(message, "1 response is over and still in effect: exit status 4");
  assert.ok(detail[0].startsWith(`${key}: exit status 4 (tried 1 time, next at 20`));
});

test("what is enabled keeps an agent's right to start programs, and a database that nobody can read does", async (scene) => {
  const config = configSchema().parse({ agent: { path: { data: scene.folder.path } } });
  assert.equal(hasResponses(config), false);
  await enable(scene, "192.0.2.7");
  assert.equal(hasResponses(config), true);
  await scene.run("responses", "revert", "--all");
  assert.equal(hasResponses(config), false);
  Deno.writeTextFileSync(scene.folder.file("agent.db"), "no database");
  assert.equal(hasResponses(config), true);
});
