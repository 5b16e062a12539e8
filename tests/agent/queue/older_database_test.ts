import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Journal } from "../../../src/agent/commands/journal.ts";
import { JOURNAL_SCHEMA } from "../../../src/agent/commands/journal_schema.ts";
import { readNewestEntries } from "../../../src/agent/commands/journal_store.ts";
import { openDatabaseReadOnly } from "../../../src/agent/queue/database.ts";
import { Queue } from "../../../src/agent/queue/queue.ts";
import type { Stream } from "../../../src/shared/protocol/wire.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { openQueue, roomy, TempFolder } from "../../support/queues.ts";

const FIXTURES = new URL("./fixtures/version_1/", import.meta.url);
const STREAMS: readonly Stream[] = ["stateless", "stateful"];
/** What the agent that wrote the files read from them. */
const contents = JSON.parse(Deno.readTextFileSync(new URL("contents.json", FIXTURES)));

/** A data folder as an agent of version 1 left it: stopped, or killed. */
function oldFolder(name: "clean" | "unclean"): TempFolder {
  const folder = new TempFolder();
  for (const suffix of name === "unclean" ? ["", "-wal"] : [""]) {
    Deno.copyFileSync(new URL(`${name}.db${suffix}`, FIXTURES), folder.file(`agent.db${suffix}`));
  }
  return folder;
}

function read(queue: Queue) {
  return Object.fromEntries(STREAMS.map((stream) => [stream, {
    account: queue.account(stream),
    waiting: queue.waiting(stream),
    checkpoints: Object.fromEntries(queue.checkpoints(stream)),
    batches: queue.openBatches(stream).map((batch) => ({
      id: batch.id,
      body: new TextDecoder().decode(queue.body(batch)),
    })),
  }]));
}

/** Sends all that is there, and says which bodies that were. */
async function deliverAll(queue: Queue, stream: Stream): Promise<string[]> {
  const bodies: string[] = [];
  const options = { limits: roomy, encoding: "identity", agent_line: "" } as const;
  const open = queue.openBatches(stream);
  for (;;) {
    const batch = open.shift() ?? await queue.claim(stream, options);
    if (batch === undefined) return bodies;
    bodies.push(new TextDecoder().decode(queue.body(batch)));
    await queue.acknowledge(batch, { status: 200 });
  }
}

for (const name of ["clean", "unclean"] as const) {
  Deno.test(`open() upgrades a file of version 1 (${name}): accounts, checkpoints, batches and their bytes stay`, () => {
    using folder = oldFolder(name);
    using queue = openQueue(folder);
    assert.equal(queue.damaged, undefined);
    assert.deepEqual(read(queue), contents);
  });

  Deno.test(`all that a file of version 1 (${name}) holds is delivered once`, async () => {
    using folder = oldFolder(name);
    using queue = openQueue(folder);
    for (const stream of STREAMS) {
      const { queued } = contents[stream].account;
      const bodies = await deliverAll(queue, stream);
      assert.deepEqual(
        bodies.slice(0, 2),
        contents[stream].batches.map(({ body }: { body: string }) => body),
      );
      const agentLines = contents[stream].batches.reduce(
        (sum: number, { body }: { body: string }) => sum + body.indexOf("\n"),
        0,
      );
      const bytes = bodies.reduce((sum, body) => sum + new TextEncoder().encode(body).length, 0);
      assert.equal(bytes - agentLines, queued.bytes);
      assert.equal(new Set(bodies).size, bodies.length);
      assert.deepEqual(queue.account(stream).queued, { events: 0, bytes: 0 });
    }
  });

  Deno.test(`losses of a file of version 1 (${name}) are told if they were not`, async () => {
    using folder = oldFolder(name);
    using queue = openQueue(folder);
    const told = await queue.announceLosses(() => "\n{}\n{}");
    assert.deepEqual(told.map(({ reason }) => reason), ["nobody was told"]);
    assert.equal(queue.deadLetters().events, 16);
  });

  Deno.test(`the journal of a file of version 1 (${name}) goes on in every state`, async () => {
    using folder = oldFolder(name);
    using queue = openQueue(folder);
    const timeouts = { defaultMs: 1000, maxMs: 1000 };
    const journal = new Journal({ queue, clock: new FakeClock(), timeouts });
    const { waiting, interrupted } = await journal.recover(new Set());
    assert.deepEqual(waiting.map(({ document_id }) => document_id), ["received"]);
    assert.deepEqual(interrupted.map(({ document_id }) => document_id), ["running"]);
    const receipt = await journal.receive([{ document_id: "reported", action: { name: "x" } }]);
    assert.equal(receipt.repeated, 1);
  });

  Deno.test(`openReadOnly() reads a file of version 1 (${name}) that nobody has upgraded, and leaves it so`, () => {
    using folder = oldFolder(name);
    {
      using queue = Queue.openReadOnly({
        path: folder.file("agent.db"),
        max: roomyQueue,
        maxDeadLetterBytes: 1,
        chunkLimits: roomy,
        now: () => 0,
      });
      for (const stream of STREAMS) {
        assert.deepEqual(queue.account(stream), contents[stream].account);
        assert.deepEqual(queue.waiting(stream), contents[stream].waiting);
        assert.equal(queue.oldestMs(stream), contents[stream].waiting.oldest_ms);
      }
      assert.equal(queue.deadLetters().events, 16);
    }
    {
      using database = openDatabaseReadOnly(folder.file("agent.db"), [JOURNAL_SCHEMA]);
      const ids = readNewestEntries(database, 10).map(({ document_id }) => document_id);
      assert.deepEqual(ids, ["reported", "done", "running", "received"]);
    }
    using database = new DatabaseSync(folder.file("agent.db"));
    assert.equal(database.prepare("PRAGMA user_version").get()?.user_version, 1);
  });
}

Deno.test("an upgraded file cannot be opened by an agent that knows only version 1", () => {
  using folder = oldFolder("clean");
  openQueue(folder).close();
  using database = new DatabaseSync(folder.file("agent.db"));
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  assert.ok(version > 1, "agents from before compare user_version with the 1 that they know");
});

const roomyQueue = { events: 1_000, bytes: 1_000_000 };
