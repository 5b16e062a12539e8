import assert from "node:assert/strict";
import { BulkWriter } from "../../../src/manager/bulk_output/bulk_writer.ts";
import { StoredEvents } from "../../../src/manager/bulk_output/stored_events.ts";
import { Checkpoints } from "../../../src/manager/bulk_output/checkpoints.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { BulkServer } from "../../support/bulk_server.ts";
import {
  eventsBody,
  numbered,
  type PostOptions,
  TestManager,
  type TestOptions,
} from "../harness.ts";

const STREAM = "agent-events";

/** A manager, an index, and a writer between them. */
class Scene implements AsyncDisposable {
  readonly server = new BulkServer([STREAM]);
  #writer: BulkWriter | undefined;

  private constructor(readonly manager: TestManager) {}

  static async open(options: TestOptions = {}): Promise<Scene> {
    return new Scene(await TestManager.open({ clock: new MemoryClock(), ...options }));
  }

  get writer(): BulkWriter {
    assert.ok(this.#writer !== undefined);
    return this.#writer;
  }

  /** Starts a writer; another one goes on where the one before was. */
  start({ batchBytes = 100_000, maxBacklog = 1_000 } = {}): void {
    const { clock, manager: { store } } = this.manager;
    this.#writer = new BulkWriter({
      clock,
      source: new StoredEvents({
        clock,
        events: store.events,
        checkpoints: new Checkpoints(store.database, "http://index"),
        destination: { dataStream: STREAM, stateIndex: "agent-states" },
        origin: "o",
        maxBacklog,
      }),
      batchBytes,
      post: (body, signal) =>
        this.server.fetch(
          new Request("http://index/_bulk", {
            method: "POST",
            headers: { "Content-Type": "application/x-ndjson" },
            body,
            signal,
          }),
        ),
      random: () => 1,
    });
    store.events.keepFor(() => this.writer.readUpTo());
    this.#writer.start();
  }

  async post(lines: object[], options: PostOptions = {}): Promise<void> {
    const body = eventsBody(this.manager.agentId, ...lines);
    const answer = await this.manager.postEvents(body, options);
    assert.ok(answer.ok, await answer.text());
    this.#writer?.wake();
  }

  /** Lets `ms` pass. */
  async pass(ms = 0): Promise<void> {
    await this.manager.clock.advance(ms);
  }

  /** What is in the data stream, in the order of the numbers. */
  get lines(): unknown[] {
    return [...this.server.documents(STREAM)]
      .map(([id, document]) => [Number(id.split("-")[1]), document] as const)
      .sort(([one], [other]) => one - other)
      .map(([, document]) => (document.event as { original: string }).original);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.close();
    await this.manager[Symbol.asyncDispose]();
  }
}

const range = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

Deno.test("BulkWriter gives stateless events to a data stream, with who said them and when", async () => {
  await using scene = await Scene.open();
  scene.start();
  await scene.post(numbered(3));
  await scene.pass();
  assert.deepEqual(scene.lines, range(3));
  const [[id, document] = []] = scene.server.documents(STREAM);
  assert.equal(id, "o-1");
  assert.deepEqual(document, {
    "@timestamp": new Date(scene.manager.clock.now()).toISOString(),
    agent: { id: scene.manager.agentId },
    source: { module: "logcollector", collector: "file" },
    event: { original: "line 0" },
  });
  assert.equal(scene.writer.stats().waiting, 0);
});

Deno.test("BulkWriter keeps one document for each state: the newest, and none once it was deleted", async () => {
  await using scene = await Scene.open();
  scene.start();
  const stateful = { stream: "stateful" as const };
  const header = (id: string, operation: string) => ({ module: "fim", id, operation });
  await scene.post([header("a", "create"), { file: { size: 1 } }], stateful);
  await scene.post([header("b", "create"), { file: { size: 2 } }], stateful);
  await scene.post([header("a", "update"), { file: { size: 3 } }, header("b", "delete")], stateful);
  await scene.post([header("never", "delete")], stateful);
  const odd = { module: "Odd/../module", id: "x", operation: "create" };
  await scene.post([odd, { agent: { name: "box" } }], stateful);
  await scene.pass();
  const files = [...scene.server.documents("agent-states-fim").values()];
  assert.deepEqual(files.map(({ file }) => file), [{ size: 3 }]);
  const [other] = scene.server.documents("agent-states-other").values();
  assert.deepEqual(other?.agent, { name: "box", id: scene.manager.agentId });
  assert.equal(scene.writer.stats().refused, 0);
});

Deno.test("BulkWriter sends again what was not taken, and only that, with a wait that doubles", async () => {
  await using scene = await Scene.open();
  scene.server.faults.push(
    { item: (position) => position % 2 === 1 ? 429 : undefined },
    { item: () => 503 },
    {},
  );
  scene.start();
  await scene.post(numbered(6));
  await scene.pass();
  assert.deepEqual(scene.server.requests, [6]);
  assert.match(scene.writer.stats().last_error ?? "", /3 events were not taken/);
  await scene.pass(999);
  assert.deepEqual(scene.server.requests, [6]);
  await scene.pass(1);
  assert.deepEqual(scene.server.requests, [6, 3]);
  await scene.pass(2_000);
  assert.deepEqual(scene.server.requests, [6, 3, 3]);
  assert.deepEqual(scene.lines, range(6));
  assert.deepEqual([scene.writer.stats().failures, scene.writer.stats().last_error], [0, null]);
});

Deno.test("BulkWriter waits as long as the index says, and is not hurried by more events", async () => {
  await using scene = await Scene.open();
  const busy = () => new Response("busy", { status: 429, headers: { "Retry-After": "20" } });
  scene.server.faults.push({ answer: busy });
  scene.start();
  await scene.post(numbered(1));
  await scene.pass(10_000);
  await scene.post(numbered(1, 1));
  await scene.pass(9_000);
  assert.deepEqual(scene.server.requests, []);
  await scene.pass(1_000);
  assert.deepEqual(scene.lines, range(2));
});

Deno.test("BulkWriter doubles nothing when an answer is lost, or it is killed before it wrote down how far it was", async () => {
  await using scene = await Scene.open();
  scene.server.faults.push({ losesAnswer: true });
  scene.start();
  await scene.post(numbered(4));
  const state = { module: "fim", id: "a", operation: "create" };
  await scene.post([state, { file: { size: 1 } }], { stream: "stateful" });
  await scene.pass();
  assert.equal(scene.server.documents(STREAM).size, 4);
  assert.equal(scene.writer.stats().sent_up_to, 0);
  await scene.writer.close();
  scene.start();
  await scene.pass();
  assert.deepEqual(scene.lines, range(4));
  assert.equal(scene.server.documents("agent-states-fim").size, 1);
  assert.equal(scene.writer.stats().sent_up_to, 5);
});

Deno.test("BulkWriter writes down what is refused for good, and goes on", async () => {
  await using scene = await Scene.open();
  scene.server.faults.push({ item: (position) => position === 1 ? 400 : undefined });
  scene.start();
  await scene.post(numbered(3));
  await scene.pass();
  assert.deepEqual(scene.lines, ["line 0", "line 2"]);
  assert.equal(scene.writer.stats().refused, 1);
  const { database } = scene.manager.manager.store;
  const [row] = database.prepare("SELECT number, reason FROM bulk_refused").all();
  assert.deepEqual({ ...row }, { number: 2, reason: "400 type_400: as the test has it" });
});

Deno.test("BulkWriter halves what is too large, down to one event, which alone is refused", async () => {
  await using scene = await Scene.open();
  scene.server.maxBytes = 1_200;
  scene.start();
  const large = { event: { original: "x".repeat(2_000) } };
  await scene.post([...numbered(7), { module: "logcollector" }, large, ...numbered(2, 7)]);
  await scene.pass();
  assert.deepEqual(scene.lines, range(9));
  assert.equal(scene.writer.stats().refused, 1);
});

Deno.test("BulkWriter takes an answer that does not tell of each event for none", async () => {
  await using scene = await Scene.open();
  const odd = [
    () => Response.json({ items: [] }),
    () => new Response("<html>"),
    () => Response.json({ items: [{ index: { status: 200 } }, { index: { status: 201 } }] }),
    () => new Response("no", { status: 401 }),
  ];
  scene.server.faults.push(...odd.map((answer) => ({ answer })));
  scene.start();
  await scene.post(numbered(2));
  await scene.pass(20_000);
  assert.deepEqual(scene.lines, range(2));
  assert.equal(scene.writer.stats().refused, 0);
});

Deno.test("BulkWriter takes an event for stored or refused only when the index says so", async () => {
  await using scene = await Scene.open();
  const statuses = [0, -1, 100, 1e9, 302, 401, 403];
  scene.server.faults.push(
    ...statuses.map((status) => ({
      answer: () => Response.json({ items: [{ create: { status } }, { create: { status } }] }),
    })),
  );
  scene.start();
  await scene.post(numbered(2));
  await scene.pass();
  assert.equal(scene.writer.stats().last_error, "2 events were not taken: status 0");
  await scene.pass(200_000);
  assert.deepEqual(scene.lines, range(2));
  assert.equal(scene.writer.stats().refused, 0);
});

Deno.test("BulkWriter comes again after an hour, however late it is told to", async () => {
  await using scene = await Scene.open();
  const headers = { "Retry-After": "99999999" };
  scene.server.faults.push({ answer: () => new Response("busy", { status: 429, headers }) });
  scene.start();
  await scene.post(numbered(1));
  await scene.pass(3_599_000);
  assert.deepEqual(scene.lines, []);
  await scene.pass(1_000);
  assert.deepEqual(scene.lines, range(1));
});

Deno.test("BulkWriter sends a long backlog in portions, and keeps what an index that is away has not taken", async () => {
  await using scene = await Scene.open({ keepEvents: 10 });
  const away = { answer: () => new Response("away", { status: 503 }) };
  scene.server.faults.push(...Array(6).fill(away));
  scene.start({ batchBytes: 2_000 });
  for (let batch = 0; batch < 20; batch++) await scene.post(numbered(5, batch * 5));
  await scene.pass(120_000);
  assert.deepEqual(scene.lines, range(100));
  assert.ok(scene.server.requests.length > 5);
  assert.equal(scene.writer.stats().missed, 0);
});

Deno.test("BulkWriter counts what is removed once the backlog is too long", async () => {
  await using scene = await Scene.open({ keepEvents: 10 });
  const away = { answer: () => new Response("away", { status: 503 }) };
  scene.server.faults.push(...Array(4).fill(away));
  scene.start({ maxBacklog: 20, batchBytes: 1 });
  for (let batch = 0; batch < 20; batch++) await scene.post(numbered(5, batch * 5));
  await scene.pass(120_000);
  const { missed, waiting } = scene.writer.stats();
  assert.equal(waiting, 0);
  assert.equal(scene.lines.length + missed, 100);
  assert.ok(missed > 50, String(missed));
});

Deno.test("BulkWriter begins with what is kept at an index that was given nothing yet, and calls nothing missed", async () => {
  await using scene = await Scene.open({ keepEvents: 10 });
  for (let batch = 0; batch < 6; batch++) await scene.post(numbered(5, batch * 5));
  scene.start();
  await scene.pass();
  assert.deepEqual(scene.lines, range(30).slice(20));
  assert.deepEqual([scene.writer.stats().missed, scene.writer.stats().waiting], [0, 0]);
});
