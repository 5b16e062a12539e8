import assert from "node:assert/strict";
import { settle } from "../../support/fake_clock.ts";
import { down, Scene, ScriptedServer } from "./support/scene.ts";

Deno.test("a full batch leaves at once, the rest when the interval has passed", async () => {
  const server = new ScriptedServer();
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(13);
  assert.deepEqual(server.tries.map(({ texts }) => texts.length), [10]);
  await scene.clock.advance(999);
  assert.equal(server.tries.length, 1);
  await scene.clock.advance(1);
  assert.deepEqual(server.tries.map(({ texts }) => texts.length), [10, 3]);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 13);
});

Deno.test("a batch of enough bytes leaves before there are enough events", async () => {
  const server = new ScriptedServer();
  await using scene = new Scene(server, { batchBytes: 200 });
  await scene.start();
  await scene.append(3, "x".repeat(100));
  assert.ok(server.tries.length >= 1);
});

Deno.test("a failed batch is sent again unchanged after the wait, and nothing else meanwhile", async () => {
  const server = new ScriptedServer(down(), down());
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(10);
  await scene.append(10, "next ");
  assert.equal(server.tries.length, 1);
  assert.equal(scene.dispatcher.status().failure?.reason, "503 from server");
  await scene.clock.advance(2000);
  assert.equal(server.tries.length, 4);
  const [first, second, third, next] = server.tries;
  assert.deepEqual([second, third], [first, first]);
  assert.deepEqual(next?.texts[0], "next 0");
  assert.equal(scene.dispatcher.status().failure, undefined);
  assert.equal(scene.dispatcher.status().retried_batches, 2);
});

Deno.test("the server's Retry-After is a floor for the wait", async () => {
  const server = new ScriptedServer(down(30_000));
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(10);
  await scene.clock.advance(29_999);
  assert.equal(server.tries.length, 1);
  await scene.clock.advance(1);
  assert.equal(server.tries.length, 2);
});

Deno.test("batches that fail together wait together, and one of them finds out for all", async () => {
  const server = new ScriptedServer("fail later", "fail later", "hold");
  await using scene = new Scene(server, { maxInFlight: 2 });
  await scene.append(40);
  await scene.start();
  assert.equal(server.inFlight, 2);
  server.releaseAll();
  await scene.clock.advance(999);
  assert.equal(server.tries.length, 2);
  await scene.clock.advance(1);
  assert.equal(server.tries.length, 3);
  assert.equal(scene.dispatcher.status().in_flight_limit, 1);
  server.releaseAll();
  await scene.untilLeft(40);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 40);
});

Deno.test("a batch that cannot be read is tried again", async () => {
  const server = new ScriptedServer();
  await using scene = new Scene(server);
  const { body } = scene.queue;
  scene.queue.body = () => {
    scene.queue.body = body;
    throw new Error("disk I/O error");
  };
  await scene.start();
  await scene.append(10);
  assert.equal(scene.dispatcher.status().failure?.reason, "disk I/O error");
  await scene.clock.advance(1000);
  await scene.untilLeft(10);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 10);
});

Deno.test("no more than maxInFlight batches are under way", async () => {
  const server = new ScriptedServer("hold", "hold", "hold", "hold");
  await using scene = new Scene(server, { maxInFlight: 2 });
  await scene.start();
  await scene.append(40);
  assert.equal(server.inFlight, 2);
  server.releaseAll();
  await settle("loop");
  assert.equal(server.inFlight, 2);
  server.releaseAll();
  await scene.untilLeft(40);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 40);
});

Deno.test("a refused batch is halved until the event at fault is alone and set aside", async () => {
  const server = new ScriptedServer();
  server.refuses = (texts) => texts.includes("line 6") ? 400 : undefined;
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(20);
  await scene.passUntilLeft(20);
  const account = scene.queue.account("stateless");
  assert.equal(scene.dispatcher.status().sent_events, 20);
  assert.deepEqual([account.dead_lettered.events, account.acknowledged.events], [1, 19]);
  assert.equal(scene.queue.deadLetters().events, 1);
});

Deno.test("a batch that is too large is halved, and the next ones are made smaller", async () => {
  const server = new ScriptedServer();
  server.refuses = (texts) => texts.length > 3 ? 413 : undefined;
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(10);
  await scene.untilLeft(10);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 10);
  const before = server.tries.length;
  await scene.append(10, "more ");
  await scene.clock.advance(1000);
  await scene.untilLeft(20);
  assert.ok(server.tries.slice(before).every(({ texts }) => texts.length <= 3));
  assert.equal(scene.queue.account("stateless").acknowledged.events, 20);
});

Deno.test("the halves of a refused batch are kept by a crash, each under its own id", async () => {
  const server = new ScriptedServer();
  server.refuses = (texts) => texts.length > 5 ? 413 : undefined;
  await using scene = new Scene(server);
  await scene.append(10);
  const limits = { max_events: 10, max_bytes: 1e6 };
  const whole = await scene.queue.claim("stateless", {
    limits,
    encoding: "identity",
    agent_line: "{}",
  });
  assert.ok(whole);
  const halves = await scene.queue.halve(whole);
  const open = scene.queue.openBatches("stateless").map(({ id, events }) => [id, events]);
  assert.deepEqual(open, halves?.map(({ id }) => [id, 5]));
  await scene.start();
  await scene.untilLeft(10);
  assert.deepEqual(server.tries.map(({ id }) => id), halves?.map(({ id }) => id));
  assert.deepEqual(server.tries.flatMap(({ texts }) => texts).length, 10);
});

Deno.test("batches of the process before leave first, under their old ids", async () => {
  const server = new ScriptedServer();
  await using scene = new Scene(server);
  await scene.append(10, "old ");
  const limits = { max_events: 10, max_bytes: 1e6 };
  const old = await scene.queue.claim("stateless", {
    limits,
    encoding: "identity",
    agent_line: "{}",
  });
  await scene.append(10, "new ");
  await scene.start();
  assert.equal(server.tries[0]?.id, old?.id);
  assert.deepEqual(server.tries.map(({ texts }) => texts[0]), ["old 0", "new 0"]);
});

Deno.test("flush() sends what is below every limit and resolves when the stream is empty", async () => {
  const server = new ScriptedServer();
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(3);
  assert.equal(server.tries.length, 0);
  await scene.dispatcher.flush(new AbortController().signal);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 3);
});

Deno.test("hasten() sends what waits now, and what comes later waits for others again", async () => {
  const server = new ScriptedServer();
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(3);
  assert.equal(server.tries.length, 0);
  scene.dispatcher.hasten();
  await settle("loop");
  assert.equal(scene.queue.account("stateless").acknowledged.events, 3);
  await scene.append(2);
  await settle("loop");
  assert.equal(scene.queue.account("stateless").queued.events, 2);
});

Deno.test("flush() ends with its signal while the server is down, and the events stay", async () => {
  const server = new ScriptedServer(down(), down(), down());
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(3);
  const deadline = new AbortController();
  const flushed = scene.dispatcher.flush(deadline.signal);
  await settle("loop");
  deadline.abort(new Error("deadline"));
  await assert.rejects(flushed, /deadline/);
  assert.equal(scene.queue.account("stateless").queued.events, 3);
});

Deno.test("events stored before the wall clock was set back are not held", async () => {
  const server = new ScriptedServer();
  await using scene = new Scene(server);
  await scene.append(1);
  scene.clock.jumpTo(scene.clock.now() - 3_600_000);
  await scene.start();
  assert.equal(server.tries.length, 1);
});

Deno.test("settle() waits for what is under way, and begins nothing more", async () => {
  const server = new ScriptedServer("hold");
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(30);
  assert.equal(server.tries.length, 1);
  let isSettled = false;
  const settled = scene.dispatcher.settle(new AbortController().signal)
    .then(() => isSettled = true);
  await scene.clock.advance(5_000);
  assert.equal(isSettled, false);
  server.releaseAll();
  await scene.clock.advance(5_000);
  await settled;
  assert.equal(server.tries.length, 1);
  assert.equal(scene.queue.account("stateless").acknowledged.events, 10);
});

Deno.test("settle() waits no longer than it may", async () => {
  const server = new ScriptedServer("hold");
  await using scene = new Scene(server);
  await scene.start();
  await scene.append(10);
  const limit = new AbortController();
  const settled = scene.dispatcher.settle(limit.signal);
  limit.abort();
  await settled;
  assert.equal(scene.queue.account("stateless").acknowledged.events, 0);
});
