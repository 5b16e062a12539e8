import assert from "node:assert/strict";
import { Silence } from "../../../src/agent/process/silence.ts";
import { MemoryClock } from "../../support/fake_clock.ts";

/** A stream that a test writes into. */
function pipe() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { readable, writer: writable.getWriter() };
}

Deno.test("Silence tells of a child that says nothing for too long, once", async () => {
  const clock = new MemoryClock();
  const { readable, writer } = pipe();
  let told = 0;
  const silence = new Silence({ clock, limitMs: 1_000, onTooLong: () => void told++ });
  const heard: number[] = [];
  const listening = (async () => {
    for await (const piece of silence.listen(readable)) heard.push(piece.length);
  })();
  await clock.advance(900);
  await writer.write(Uint8Array.of(1, 2));
  await clock.advance(900);
  assert.deepEqual([heard, told, silence.isTooLong], [[2], 0, false]);
  await clock.advance(200);
  assert.deepEqual([told, silence.isTooLong], [1, true]);
  await writer.close();
  await listening;
});

Deno.test("Silence gives a child that is made to rest its time again", async () => {
  const clock = new MemoryClock();
  const { readable, writer } = pipe();
  let isResting = true;
  const silence = new Silence({
    clock,
    limitMs: 1_000,
    onTooLong: () => {},
    isResting: () => isResting,
  });
  const listening = silence.listen(readable).next();
  await clock.advance(5_500);
  assert.equal(silence.isTooLong, false);
  isResting = false;
  await clock.advance(400);
  assert.equal(silence.isTooLong, false);
  await clock.advance(200);
  assert.equal(silence.isTooLong, true);
  await writer.close();
  await listening;
});
