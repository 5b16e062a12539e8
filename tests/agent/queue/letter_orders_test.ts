import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { orderLetters } from "../../../src/agent/queue/letter_orders.ts";
import type { Queue } from "../../../src/agent/queue/queue.ts";
import type { QueueOptions } from "../../../src/agent/queue/queue_options.ts";
import { QueueReader } from "../../../src/agent/queue/inspection/queue_reader.ts";
import { encodeStateful } from "../../../src/shared/protocol/event_encoder.ts";
import type {
  LetterOrder,
  LetterSelection,
} from "../../../src/shared/protocol/queue_inspection.ts";
import { claim, stateless } from "../../support/filled_queue.ts";
import { openQueue, TempFolder, textsOf } from "../../support/queues.ts";

function order(queue: Queue, order: LetterOrder, selection: LetterSelection) {
  return orderLetters(queue, { order, selection, nowMs: 5_000 });
}

/** A queue with two dead letters of two events each, and one event behind them. */
async function refused(
  folder: TempFolder,
  options: Partial<QueueOptions> = {},
): Promise<Queue> {
  const queue = openQueue(folder, options);
  await queue.append({ stream: "stateless", events: stateless(5) });
  for (const reason of ["unknown module", "too old"]) {
    await queue.setAside(await claim(queue, "stateless", 2), { status: 400, reason });
  }
  return queue;
}

function balance(queue: Queue): Record<string, number> {
  const { taken, queued, acknowledged, dead_lettered, dropped } = queue.account("stateless");
  assert.equal(
    taken.events,
    queued.events + acknowledged.events + dead_lettered.events + dropped.events,
  );
  assert.equal(
    taken.bytes,
    queued.bytes + acknowledged.bytes + dead_lettered.bytes + dropped.bytes,
  );
  return {
    taken: taken.events,
    queued: queued.events,
    acknowledged: acknowledged.events,
    dead: dead_lettered.events,
  };
}

function ledger(folder: TempFolder) {
  using reader = QueueReader.open(folder.file("agent.db"), []);
  return reader.losses().map(({ reason, detail, events }) => ({ reason, detail, events }))
    .toArray();
}

Deno.test("a letter that is retried leaves behind all others, as it was, in a batch with an id of its own", async () => {
  using folder = new TempFolder();
  using queue = await refused(folder);
  const change = await order(queue, "retry", { ids: [1] });
  assert.deepEqual([change.letters, change.events, change.skipped], [1, 2, []]);
  assert.equal(queue.deadLetters().events, 2);
  assert.deepEqual(balance(queue), { taken: 7, queued: 3, acknowledged: 0, dead: 4 });
  const batch = await claim(queue, "stateless");
  assert.deepEqual(textsOf(queue.body(batch)), ["line 4", "line 0", "line 1"]);
  assert.deepEqual([batch.first_event, batch.last_event], [5, 7]);
  await queue.acknowledge(batch, { status: 200 });
  assert.deepEqual(balance(queue), { taken: 7, queued: 0, acknowledged: 3, dead: 4 });
});

Deno.test("stateful letters keep their events apart, also those without data", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const header = { module: "inventory", id: "p1" };
  const events = [
    encodeStateful({ ...header, operation: "delete" }),
    encodeStateful({ ...header, operation: "create" }, { package: { name: "vim" } }),
  ];
  await queue.append({ stream: "stateful", events });
  await queue.setAside(await claim(queue, "stateful"), { status: 400, reason: "no" });
  await order(queue, "retry", { all: true });
  const batch = await claim(queue, "stateful");
  assert.deepEqual([batch.first_event, batch.events], [3, 2]);
  assert.equal(new TextDecoder().decode(queue.body(batch)), batch.agent_line + events.join(""));
});

Deno.test("letters are chosen by a part of their reason, or all of them", async () => {
  using folder = new TempFolder();
  using queue = await refused(folder);
  assert.equal((await order(queue, "retry", { reason: "module" })).letters, 1);
  assert.equal((await order(queue, "retry", { all: true })).letters, 1);
  assert.equal((await order(queue, "retry", { all: true })).letters, 0);
});

Deno.test("letters that are dropped stand in the ledger with what the server said", async () => {
  using folder = new TempFolder();
  using queue = await refused(folder);
  const before = balance(queue);
  assert.equal((await order(queue, "drop", { all: true })).events, 4);
  assert.equal(queue.deadLetters().events, 0);
  assert.deepEqual(balance(queue), before);
  const reason = "dead letter given up by an operator";
  assert.deepEqual(ledger(folder), [
    { reason, detail: "400: unknown module", events: 2 },
    { reason, detail: "400: too old", events: 2 },
  ]);
});

Deno.test("an order with a letter that is not there changes nothing", async () => {
  using folder = new TempFolder();
  using queue = await refused(folder);
  const before = balance(queue);
  for (const one of ["retry", "drop"] as const) {
    await assert.rejects(order(queue, one, { ids: [1, 9] }), {
      message: "There is no dead letter 9",
    });
    await assert.rejects(
      order(queue, one, { reason: "x" }),
      /No dead letter has a reason with "x"/,
    );
  }
  assert.deepEqual(balance(queue), before);
  assert.equal(queue.deadLetters().events, 4);
});

Deno.test("a queue without room for all of the letters takes none", async () => {
  using folder = new TempFolder();
  using queue = await refused(folder, { max: { events: 4, bytes: 1_000_000 } });
  await assert.rejects(order(queue, "retry", { all: true }), /has no room for all of these/);
  assert.deepEqual(balance(queue), { taken: 5, queued: 1, acknowledged: 0, dead: 4 });
  assert.equal((await order(queue, "retry", { ids: [2] })).letters, 1);
});

Deno.test("a damaged letter stays, is named, and can be dropped", async () => {
  using folder = new TempFolder();
  using queue = await refused(folder);
  const database = new DatabaseSync(folder.file("agent.db"));
  database.exec("UPDATE dead_letter SET lines = substr(lines, 1, bytes - 1) WHERE id = 1");
  database.close();
  const { letters, skipped } = await order(queue, "retry", { all: true });
  assert.equal(letters, 1);
  assert.deepEqual(skipped.map(({ id }) => id), [1]);
  assert.match(skipped[0]?.problem ?? "", /^say \d+ bytes and have \d+$/);
  assert.equal((await order(queue, "drop", { ids: [1, 1] })).letters, 1);
});
