import assert from "node:assert/strict";
import { type Figure, groupText, isMet, quantile } from "../../bench/cost/figure.ts";
import { writeLines } from "../../bench/cost/log_file.ts";
import { parseCpuSeconds, parseFields } from "../../bench/cost/proc.ts";
import { drain, fill, openRoomyQueue } from "../../bench/cost/queue_filling.ts";
import { rateWithin } from "../../bench/cost/queue_length.ts";
import { SinkProcess } from "../../bench/cost/sink_process.ts";
import { TempFolder } from "../support/queues.ts";

Deno.test("parseCpuSeconds() adds up own and children's time, whatever the command is called", () => {
  const stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 900 0 0 0 150 50 20 30 20 0 9 0 100 1 2";
  assert.equal(parseCpuSeconds(stat), 2.5);
});

Deno.test("parseFields() gives numbers by name, kilobytes as bytes", () => {
  const fields = parseFields("Name:\tdeno\nVmHWM:\t  1024 kB\nThreads:\t9\nwrite_bytes: 4096\n");
  assert.deepEqual([...fields], [["VmHWM", 1_048_576], ["Threads", 9], ["write_bytes", 4_096]]);
});

Deno.test("quantile() is the nearest rank", () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  assert.equal(quantile(values, 0.99), 198);
  assert.equal(quantile(values, 0.5), 100);
  assert.equal(quantile(values, 1), 200);
  assert.throws(() => quantile([], 0.5), RangeError);
});

Deno.test("a figure is met below its bound, or at least at it, and not judged without one", () => {
  const figure: Figure = { name: "memory", value: 60, unit: "MB" };
  assert.equal(isMet(figure), undefined);
  assert.equal(isMet({ ...figure, below: 60 }), false);
  assert.equal(isMet({ ...figure, below: 61 }), true);
  assert.equal(isMet({ ...figure, at_least: 60 }), true);
  assert.equal(isMet({ ...figure, at_least: 61 }), false);
});

Deno.test("groupText() says each figure with its unit and its target", () => {
  const figures = [
    { name: "memory", value: 85.62, unit: "MB", below: 60 },
    { name: "rate", value: 1_234_567, unit: "/s" },
  ];
  const [title, memory, rate] = groupText({ title: "Idle", figures }).split("\n");
  assert.equal(title, "Idle");
  assert.match(memory ?? "", /memory +85\.6 MB +MISSED \(below 60\)$/);
  assert.match(rate ?? "", /rate +1,234,567 \/s$/);
});

Deno.test("writeLines() appends lines of the usual length", () => {
  using folder = new TempFolder();
  const path = folder.file("app.log");
  writeLines(path, 10_001);
  writeLines(path, 2);
  assert.equal(Deno.statSync(path).size, 10_003 * 350);
  assert.equal(Deno.readTextFileSync(path).split("\n").length, 10_003 + 1);
});

Deno.test("fill() and drain() move the events that they say", async () => {
  using folder = new TempFolder();
  using queue = openRoomyQueue(folder.file("agent.db"));
  assert.ok(await fill(queue, 6_000) > 0);
  assert.deepEqual(queue.account("stateless").queued, { events: 6_000, bytes: 6_000 * 350 });
  assert.ok(await drain(queue, 5_000) > 0);
  assert.equal(queue.account("stateless").queued.events, 1_000);
  assert.equal(queue.account("stateless").acknowledged.events, 5_000);
});

Deno.test("rateWithin() looks only at samples of a part of the queue", () => {
  const samples = [
    { atMs: 0, queued: 1_000, residentBytes: 0 },
    { atMs: 100, queued: 900, residentBytes: 0 },
    { atMs: 500, queued: 100, residentBytes: 0 },
    { atMs: 550, queued: 0, residentBytes: 0 },
  ];
  assert.equal(rateWithin(samples, 0.9, 1), 1_000);
  assert.equal(rateWithin(samples, 0, 0.1), 2_000);
  assert.throws(() => rateWithin(samples.slice(0, 1), 0, 1), /measure with more events/);
});

Deno.test("the sink counts events, refuses when told to, and forgets what it refused", async () => {
  using folder = new TempFolder();
  await using sink = await SinkProcess.start(folder.file("sink.log"));
  const send = async () => {
    const body = '{"agent":{}}\n{"module":"a"}\n{}\n{"module":"b"}\n{}';
    const response = await fetch(`${sink.commsUrl}/api/v1/events/stateless`, {
      method: "POST",
      body,
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await send(), 204);
  await sink.behave({ latency_ms: 0, refused_share: 1 });
  assert.equal(await send(), 429);
  await sink.behave({ latency_ms: 1, refused_share: 0 });
  assert.equal(await send(), 204);
  assert.equal(await sink.receivedEvents(), 4);
});
