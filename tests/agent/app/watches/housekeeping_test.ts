import assert from "node:assert/strict";
import { IdleMemory } from "../../../../src/agent/app/watches/idle_memory.ts";
import { Housekeeping } from "../../../../src/agent/app/watches/housekeeping.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { openQueue, TempFolder } from "../../../support/queues.ts";

Deno.test("housekeeping tells the server of a loss once, and does its other tasks until it is stopped", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const losses = [{ events: 7, bytes: 70, reason: "file truncated", detail: "/a" }];
  await queue.append({ stream: "stateless", events: [], losses });
  const clock = new FakeClock();
  const stop = new AbortController();
  let rounds = 0;
  const also = [() => void (++rounds === 3 && stop.abort())];
  const running = new Housekeeping({ queue, clock, also }).run(stop.signal);
  while (!stop.signal.aborted) await clock.advance(1_000);
  await running;
  assert.equal(rounds, 3);
  assert.equal(queue.account("stateless").queued.events, 1);
});

Deno.test("housekeeping gives memory back after work of which no event tells", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const clock = new FakeClock();
  const stop = new AbortController();
  let released = 0;
  let work = 0;
  const memory = new IdleMemory(() => released++);
  const housekeeping = new Housekeeping({
    queue,
    clock,
    also: [],
    otherWork: () => work,
    memory,
  });
  const running = housekeeping.run(stop.signal);
  await clock.advance(15_000);
  const afterStart = released;
  work += 50_000;
  await clock.advance(15_000);
  assert.ok(released > afterStart);
  stop.abort();
  await running;
});
