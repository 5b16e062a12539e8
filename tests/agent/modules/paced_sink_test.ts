import assert from "node:assert/strict";
import { PacedSink } from "../../../src/agent/modules/paced_sink.ts";
import { encodeStateless } from "../../../src/shared/protocol/event_encoder.ts";
import { MemoryClock, settle } from "../../support/fake_clock.ts";
import { RecordingSink } from "./support/recording_sink.ts";

const event = encodeStateless({ module: "m", collector: "c" }, { event: { original: "x" } });
const never = new AbortController().signal;

Deno.test("PacedSink takes what a second may bring, and has the next wait for its turn", async () => {
  const clock = new MemoryClock();
  const stored = new RecordingSink();
  const sink = new PacedSink(stored, { perSecond: 10, clock });
  const append = (events: number) =>
    sink.append({ stream: "stateless", events: Array(events).fill(event) }, never);
  await append(10);
  await append(5);
  assert.equal(stored.events.length, 15);
  const third = append(1);
  const fourth = append(1);
  await settle();
  assert.equal(stored.events.length, 15);
  await clock.advance(500);
  await third;
  assert.equal(stored.events.length, 16);
  await clock.advance(100);
  await fourth;
  assert.equal(stored.events.length, 17);
});

Deno.test("PacedSink lets news without events pass, and ends a wait with its signal", async () => {
  const clock = new MemoryClock();
  const stored = new RecordingSink();
  const sink = new PacedSink(stored, { perSecond: 1, clock });
  await sink.append({ stream: "stateless", events: Array(9).fill(event) }, never);
  await sink.append({ stream: "stateless", events: [], losses: [] }, never);
  const stop = new AbortController();
  const waiting = sink.append({ stream: "stateless", events: [event] }, stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting);
  assert.equal(stored.events.length, 9);
});
