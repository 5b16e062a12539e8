/**
 * A database from before its parts had versions of their own, in `fixtures/before_parts`. It was copied from a running manager, as a
 * kill leaves it: six agents in every state (one of them flapping, with changes held back), events of both streams, two answered
 * idempotency keys, orders in every state (archived ones and a late result among them), messages that wait for NATS, a record file.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { RECORD_SCHEMA } from "../../mock_server/record_schema.ts";
import { openDatabase } from "../../src/manager/database.ts";
import { DEFAULTS } from "../../src/manager/config/manager_options.ts";
import { Outbox } from "../../src/manager/nats/outbox.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { openMock } from "../mock_server/harness.ts";
import { records } from "../support/manager_process.ts";
import { poll, report, Scene } from "./commands/scene.ts";
import { eventsBody, KEY, numbered, TestClient } from "./harness.ts";

const FIXTURE = new URL("fixtures/before_parts/", import.meta.url);
/** Five minutes after the last thing that stands in it. */
const OPENED_AT_MS = Date.UTC(2026, 0, 1, 0, 16);
const WEB = "01a1fbd6-506d-73a6-bc20-000000000001";

type Rows = Record<string, unknown>[];

async function inFolder(run: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(
      `${folder}/manager.db`,
      gunzipSync(await Deno.readFile(new URL("manager.db.gz", FIXTURE))),
    );
    await Deno.copyFile(new URL("token_key.json", FIXTURE), `${folder}/token_key.json`);
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every row of every table, by the table's name. */
function contentOf(database: DatabaseSync): Map<string, Rows> {
  const names = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
  );
  return new Map(
    names.all().map(({ name }) => [
      String(name),
      database.prepare(`SELECT * FROM ${name}`).all().map((row) => ({ ...row })),
    ]),
  );
}

function versionsIn(database: DatabaseSync): string[] {
  return database.prepare("SELECT part, version FROM schema_version ORDER BY part").all()
    .map(({ part, version }) => `${part} ${version}`);
}

async function logInAs(scene: Pick<Scene, "test">, agentId: string): Promise<TestClient> {
  const client = new TestClient(scene.test.fetch);
  client.agentId = agentId;
  await client.renewToken();
  return client;
}

Deno.test("openDatabase() keeps every row of a file from before parts, and gives each part its version", () =>
  inFolder((folder) => {
    const path = `${folder}/manager.db`;
    const old = new DatabaseSync(path);
    const before = contentOf(old);
    old.close();
    assert.ok(
      [...before.values()].every((rows) => rows.length > 0),
      "the fixture has rows in each",
    );
    const upgraded = openDatabase(path, [RECORD_SCHEMA]);
    const after = contentOf(upgraded);
    after.delete("schema_version");
    const bulk = ["bulk_checkpoints", "bulk_refused"];
    const rollouts = ["rollouts", "rollout_waves", "rollout_agents"];
    for (
      const table of [
        "enrollment_tokens",
        "documents",
        "document_counts",
        "document_cursors",
        "state_history",
        "ended_sessions",
        ...bulk,
        ...rollouts,
      ]
    ) {
      assert.deepEqual(after.get(table), []);
      after.delete(table);
    }
    assert.deepEqual(after, before);
    assert.deepEqual(versionsIn(upgraded), [
      "agents 3",
      "bulk_output 1",
      "commands 1",
      "documents 3",
      "events 2",
      "keep_alive 3",
      "nats 1",
      "record 1",
      "rollouts 2",
      "sessions 1",
    ]);
    upgraded.close();
  }));

Deno.test("openDatabase() by the manager alone leaves the record's table to the mock server", () =>
  inFolder((folder) => {
    const path = `${folder}/manager.db`;
    openDatabase(path).close();
    const alone = openDatabase(path);
    assert.ok(!versionsIn(alone).includes("record 1"));
    alone.close();
    const both = openDatabase(path, [RECORD_SCHEMA]);
    assert.equal(
      both.prepare("SELECT recorded_up_to FROM record_marker").get()?.recorded_up_to,
      22,
    );
    both.close();
  }));

Deno.test("a manager on a database from before parts answers repeated keys with the stored answers", () =>
  inFolder(async (dataFolder) => {
    await using scene = await Scene.open({ dataFolder, clock: new FakeClock(OPENED_AT_MS) });
    const web = await logInAs(scene, WEB);
    const stateless = eventsBody(WEB, ...numbered(3, 10));
    assert.equal((await web.postEvents(stateless, { key: "stateless-1" })).status, 204);
    const stateful = eventsBody(
      WEB,
      { module: "inventory", id: "a", operation: "create" },
      { package: { name: "x" } },
      { module: "inventory", id: "b", operation: "delete" },
    );
    const answer = await web.postEvents(stateful, { stream: "stateful", key: "stateful-1" });
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), {
      results: [
        { index: 0, id: "a", result: "created", status: 201 },
        { index: 1, id: "b", result: "deleted", status: 200 },
      ],
    });
    const { agents, events, duplicates_suppressed, shutdowns } = await web.stats();
    assert.equal(agents, 6);
    assert.deepEqual(events, { stateless: 12, stateful: 10 });
    assert.equal(duplicates_suppressed, 3);
    assert.equal(shutdowns.length, 6);
  }));

Deno.test("a manager on a database from before parts goes on with its orders", () =>
  inFolder(async (dataFolder) => {
    const clock = new FakeClock(OPENED_AT_MS);
    await using scene = await Scene.open({ dataFolder, clock });
    const states = (await scene.orders()).map(({ request_id, status, archived }) =>
      `${request_id} ${status}${archived ? ", archived" : ""}`
    );
    assert.deepEqual(states, [
      "1 success, archived",
      "2 failure, archived",
      "3 failure, archived",
      "4 failure, archived",
      "5 success",
      "6 sent",
      "7 sent",
      "8 pending",
      "9 pending",
      "10 pending",
      "11 success",
    ]);
    const web = await logInAs(scene, WEB);
    const taken = await poll(web);
    assert.deepEqual(taken.map(({ request_id }) => request_id), ["6", "10"]);
    for (const { document_id } of taken) await report(web, document_id, { code: 0 });
    const [next] = await scene.order(web).then((id) => id.split("-").slice(1));
    assert.equal(next, "12", "requests are numbered on");
    assert.equal((await scene.orders("status=success")).length, 5);
  }));

Deno.test("a manager on a database from before parts knows how its agents stand", () =>
  inFolder(async (dataFolder) => {
    const clock = new FakeClock(OPENED_AT_MS);
    await using scene = await Scene.open({ dataFolder, clock });
    const { agents } = await (await scene.manage("/manager/agents")).json();
    const shown = agents.map(({ name, status, groups }: Record<string, unknown>) =>
      `${name} ${status} [${groups}]`
    );
    assert.deepEqual(shown, [
      "web active [web,linux]",
      "lost disconnected [db]",
      "never never_connected []",
      "stopped stopped []",
      "flapping active []",
      "pending pending []",
    ]);
    const wrong = await new TestClient(scene.test.fetch).logIn(WEB, KEY.toUpperCase());
    assert.equal(wrong.status, 401);
    await wrong.body?.cancel();
  }));

Deno.test("the outbox of a database from before parts keeps its messages, and numbers on", () =>
  inFolder((folder) => {
    const database = openDatabase(`${folder}/manager.db`);
    const outbox = new Outbox(database, { maxMessages: 1_000, nowMs: OPENED_AT_MS });
    const waiting = outbox.oldest(1_000);
    assert.equal(waiting.length, outbox.size);
    assert.ok(outbox.size > 10, `${outbox.size} messages`);
    outbox.append([{ kind: "keepalive", subject: "s", document: () => ({}) }]).committed();
    assert.equal(outbox.oldest(1_000).at(-1)?.sequence, (waiting.at(-1)?.sequence ?? 0) + 1);
    database.close();
  }));

Deno.test("a record goes on behind what stood in a database from before parts", () =>
  inFolder(async (dataFolder) => {
    const recordFile = `${dataFolder}/record.jsonl`;
    const database = openDatabase(`${dataFolder}/manager.db`, [RECORD_SCHEMA]);
    // The three events before the last were recorded, in a file of one line.
    await Deno.writeTextFile(recordFile, "{}\n");
    database.prepare("UPDATE record_marker SET path = ?, recorded_up_to = 19, file_bytes = 3")
      .run(recordFile);
    database.close();
    const clock = new FakeClock(OPENED_AT_MS);
    await (await openMock({
      dataFolder,
      recordFile,
      clock,
      agent: false,
      keepAlive: DEFAULTS.keepAlive,
    }))
      .manager.close();
    assert.equal(
      (await records(recordFile)).length,
      4,
      "the old line, and the three newest events",
    );
  }));
