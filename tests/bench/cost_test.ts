import assert from "node:assert/strict";
import { type Figure, groupText, isMet } from "../../bench/cost/figure.ts";
import { drain, fill, openRoomyQueue } from "../../bench/cost/queue_filling.ts";
import { rateWithin } from "../../bench/cost/queue_length.ts";
import { writeLines } from "../../bench/support/log_file.ts";
import { TempFolder } from "../support/queues.ts";

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
