import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { assertRefused, eventsBody, numbered, TestManager } from "../harness.ts";

const GZIP = { "Content-Encoding": "gzip" };

Deno.test("stateless events are stored and answered with nothing", async () => {
  await using test = await TestManager.open();
  const answer = await test.postEvents(eventsBody(test.agentId, ...numbered(3)));
  assert.equal(answer.status, 204);
  assert.equal(await answer.text(), "");
  assert.equal((await test.stats()).events.stateless, 3);
});

Deno.test("stateful events are answered one by one, in order", async () => {
  await using test = await TestManager.open();
  const body = eventsBody(
    test.agentId,
    { module: "inventory", id: "a", operation: "create" },
    { package: {} },
    { module: "inventory", id: "b", operation: "delete" },
    { module: "inventory", id: "c", operation: "update" },
    { package: {} },
  );
  const answer = await test.postEvents(body, { stream: "stateful" });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), {
    results: [
      { index: "0", id: "a", result: "created", status: 201 },
      { index: "1", id: "b", result: "deleted", status: 200 },
      { index: "2", id: "c", result: "updated", status: 200 },
    ],
  });
  assert.equal((await test.stats()).events.stateful, 3);
});

Deno.test("events are refused with the number of the line, and nothing is stored", async () => {
  await using test = await TestManager.open();
  const body = `${eventsBody(test.agentId, ...numbered(2))}\n{"module":"m"}\nno json`;
  await assertRefused(await test.postEvents(body), 400, "Line 7: not valid JSON");
  const foreign = eventsBody("somebody else", ...numbered(1));
  await assertRefused(
    await test.postEvents(foreign),
    400,
    'Line 1: "agent.id" is not the agent of the token',
  );
  assert.equal((await test.stats()).events.stateless, 0);
});

Deno.test("events may come as x-ndjson, but as no other type or encoding", async () => {
  await using test = await TestManager.open();
  const body = eventsBody(test.agentId, ...numbered(1));
  const withHeaders = (headers: Record<string, string>) => test.postEvents(body, { headers });
  assert.equal((await withHeaders({ "Content-Type": "application/x-ndjson" })).status, 204);
  assert.equal(
    (await withHeaders({ "Content-Type": "Application/JSON; charset=utf-8" })).status,
    204,
  );
  const text = await withHeaders({ "Content-Type": "text/plain" });
  await assertRefused(text, 415, 'Unsupported content type "text/plain"');
  const brotli = await withHeaders({ "Content-Encoding": "br" });
  await assertRefused(brotli, 415, 'Unsupported content encoding "br"');
});

Deno.test("events may be compressed, and are bounded once decompressed", async () => {
  await using test = await TestManager.open({ maxBodyBytes: 10_000 });
  const post = (body: Uint8Array) => test.postEvents(body, { headers: GZIP });
  assert.equal((await post(gzipSync(eventsBody(test.agentId, ...numbered(50))))).status, 204);
  const bomb = gzipSync(new Uint8Array(5_000_000));
  assert.ok(bomb.length < 10_000);
  await assertRefused(await post(bomb), 413, "Body is larger than 10000 bytes");
  await assertRefused(await post(new TextEncoder().encode("{}")), 400, "Body is not valid gzip");
  const cut = gzipSync(eventsBody(test.agentId, ...numbered(50))).subarray(0, 60);
  await assertRefused(await post(cut), 400, "Body is not valid gzip");
});

Deno.test("events may be compressed by Zstandard, in whole frames only", async () => {
  await using test = await TestManager.open({ maxBodyBytes: 10_000 });
  const body = eventsBody(test.agentId, ...numbered(50));
  const post = (bytes: Uint8Array) =>
    test.postEvents(bytes, { headers: { "Content-Encoding": "zstd" } });
  assert.equal((await post(zstdCompressSync(body))).status, 204);
  const [first, second] = [body.slice(0, 999), body.slice(999)].map((part) =>
    zstdCompressSync(part)
  );
  assert.ok(first && second);
  const skippable = [0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
  assert.equal((await post(new Uint8Array([...first, ...skippable, ...second]))).status, 204);
  assert.equal((await test.stats()).events.stateless, 100);
  const bomb = zstdCompressSync(new Uint8Array(5_000_000));
  await assertRefused(await post(bomb), 413, "Body is larger than 10000 bytes");
  const half = zstdCompressSync(new Uint8Array(6_000));
  const twice = new Uint8Array([...half, ...half]);
  await assertRefused(await post(twice), 413, "Body is larger than 10000 bytes");
  const whole = zstdCompressSync(body);
  const wrong = [
    new Uint8Array(0),
    new TextEncoder().encode("{}"),
    ...[1, 4, 5, 9, 40, whole.length - 1].map((size) => whole.subarray(0, size)),
    new Uint8Array([...whole, 0]),
  ];
  for (const bytes of wrong) {
    await assertRefused(await post(bytes), 400, "Body is not valid zstd");
  }
  assert.equal((await test.stats()).events.stateless, 100);
});

Deno.test("a body that is too large is refused, declared so or not", async () => {
  await using test = await TestManager.open({ maxBodyBytes: 1_000 });
  let read = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(100));
      read += 100;
    },
  });
  await assertRefused(await test.postEvents(endless), 413, "Body is larger than 1000 bytes");
  assert.ok(read < 2_000, `${read} bytes read`);
  const declared = await test.postEvents("x".repeat(1_001), {
    headers: { "Content-Length": "1001" },
  });
  await assertRefused(declared, 413, "Body is larger than 1000 bytes");
});

Deno.test("a body that is not UTF-8 is refused", async () => {
  await using test = await TestManager.open();
  const answer = await test.postEvents(new Uint8Array([0x7b, 0xff, 0x7d]));
  await assertRefused(answer, 400, "Body is not valid UTF-8");
});

Deno.test("a repeated batch gets the same answer and stores nothing, restart or not", async () => {
  const dataFolder = await Deno.makeTempDir();
  const entry = { module: "inventory", id: "a", operation: "create" };
  let agent = { agentId: "", agentToken: "" };
  let body = "";
  let first = "";
  {
    await using test = await TestManager.open({ dataFolder });
    agent = { agentId: test.agentId, agentToken: test.agentToken };
    body = eventsBody(test.agentId, entry, { package: {} });
    first = await (await test.postEvents(body, { stream: "stateful", key: "k1" })).text();
    const repeat = await test.postEvents(body, { stream: "stateful", key: '"k1"' });
    assert.equal(await repeat.text(), first);
    assert.equal(repeat.headers.get("Content-Type"), "application/json");
  }
  {
    await using test = await TestManager.open({ dataFolder, agent: false });
    Object.assign(test, agent);
    const repeat = await test.postEvents(body, { stream: "stateful", key: "k1" });
    assert.equal(repeat.status, 200);
    assert.equal(await repeat.text(), first);
    const { events, duplicates_suppressed } = await test.stats();
    assert.deepEqual({ events, duplicates_suppressed }, {
      events: { stateless: 0, stateful: 1 },
      duplicates_suppressed: 2,
    });
  }
  await Deno.remove(dataFolder, { recursive: true });
});

Deno.test("a compressed repeat of a batch is the same batch", async () => {
  await using test = await TestManager.open();
  const body = eventsBody(test.agentId, ...numbered(2));
  await test.postEvents(body, { key: "k1" });
  assert.equal((await test.postEvents(gzipSync(body), { key: "k1", headers: GZIP })).status, 204);
  assert.equal((await test.stats()).duplicates_suppressed, 1);
});

Deno.test("an idempotency key is good for one request only, and for one agent", async () => {
  await using test = await TestManager.open();
  const body = eventsBody(test.agentId, ...numbered(1));
  await test.postEvents(body, { key: "k1" });
  const message = "Idempotency key was used for another request";
  const changed = eventsBody(test.agentId, ...numbered(2));
  await assertRefused(await test.postEvents(changed, { key: "k1" }), 422, message);
  await assertRefused(await test.postEvents(body, { key: "k1", stream: "stateful" }), 422, message);
  await test.enrol("other");
  const others = eventsBody(test.agentId, ...numbered(1));
  assert.equal((await test.postEvents(others, { key: "k1" })).status, 204);
  assert.equal((await test.stats()).events.stateless, 2);
});

Deno.test("a key that was answered gets its answer again also when its body cannot be taken now", async () => {
  const dataFolder = await Deno.makeTempDir();
  {
    await using test = await TestManager.open({ dataFolder });
    const body = eventsBody(test.agentId, ...numbered(50));
    assert.equal((await test.postEvents(body, { key: "k1" })).status, 204);
  }
  {
    await using test = await TestManager.open({ dataFolder, maxBodyBytes: 500, agent: false });
    await test.enrol("other");
    const large = "x".repeat(1_000);
    await assertRefused(
      await test.postEvents(large, { key: "k1" }),
      413,
      "Body is larger than 500 bytes",
    );
    const small = eventsBody(test.agentId, ...numbered(1));
    assert.equal((await test.postEvents(small, { key: "k1" })).status, 204);
    const bodies: [string | Uint8Array, Record<string, string>][] = [
      [large, {}],
      [large, { "Content-Length": "1000" }],
      ["no gzip", GZIP],
      [small, { "Content-Type": "text/plain" }],
      [new Uint8Array([0xff]), {}],
    ];
    for (const [body, headers] of bodies) {
      const answer = await test.postEvents(body, { key: "k1", headers });
      assert.equal(answer.status, 204, `${body} ${JSON.stringify(headers)}`);
    }
    const { events, duplicates_suppressed } = await test.stats();
    assert.deepEqual([events.stateless, duplicates_suppressed], [51, bodies.length]);
  }
  await Deno.remove(dataFolder, { recursive: true });
});

Deno.test("a refused batch leaves its idempotency key free", async () => {
  await using test = await TestManager.open();
  assert.equal((await test.postEvents("no json", { key: "k1" })).status, 400);
  const body = eventsBody(test.agentId, ...numbered(1));
  assert.equal((await test.postEvents(body, { key: "k1" })).status, 204);
});

Deno.test("only the newest idempotency keys of an agent are remembered", async () => {
  await using test = await TestManager.open({ idempotencyKeys: 2 });
  const body = eventsBody(test.agentId, ...numbered(1));
  for (const key of ["k1", "k2", "k3", "k3", "k2", "k1"]) await test.postEvents(body, { key });
  const { events, duplicates_suppressed } = await test.stats();
  assert.deepEqual([events.stateless, duplicates_suppressed], [4, 2]);
});

Deno.test("an idempotency key of no or too many characters is refused", async () => {
  await using test = await TestManager.open();
  const body = eventsBody(test.agentId, ...numbered(1));
  for (const key of ['""', "k".repeat(256)]) {
    const answer = await test.postEvents(body, { key });
    await assertRefused(answer, 400, "Idempotency key is not 1 to 255 characters long");
  }
});

Deno.test("shutdown messages of both streams are events, and are listed in the stats", async () => {
  await using test = await TestManager.open();
  const stateless = eventsBody(
    test.agentId,
    { module: "agent", operation: "shutdown" },
    { event: { original: "The agent is shutting down.", created: "2026-01-01T00:00:00.000Z" } },
  );
  const stateful = eventsBody(
    test.agentId,
    { module: "agent", id: test.agentId, operation: "update" },
    { agent: { status: "shutdown" }, "@timestamp": "2026-01-01T00:00:00.000Z" },
  );
  assert.equal((await test.postEvents(stateless)).status, 204);
  await test.clock.advance(1_000);
  assert.equal((await test.postEvents(stateful, { stream: "stateful" })).status, 200);
  const { events, shutdowns } = await test.stats();
  assert.deepEqual(events, { stateless: 1, stateful: 1 });
  assert.deepEqual(shutdowns, [
    { agent_id: test.agentId, stream: "stateless", received_at: "2026-01-01T00:00:00.000Z" },
    { agent_id: test.agentId, stream: "stateful", received_at: "2026-01-01T00:00:01.000Z" },
  ]);
});
