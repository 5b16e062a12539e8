import assert from "node:assert/strict";
import { readBounded } from "../../../../src/agent/comms/answers/bounded_body.ts";

const never = new AbortController().signal;

Deno.test("readBounded() gives a body up to its bound, and lets the rest go", async () => {
  const whole = await readBounded(new Response("12345"), { maxBytes: 5, signal: never });
  assert.deepEqual(whole, { bytes: new TextEncoder().encode("12345"), truncated: false });
  const cut = await readBounded(new Response("123456"), { maxBytes: 5, signal: never });
  assert.deepEqual(cut, { bytes: new TextEncoder().encode("12345"), truncated: true });
});

Deno.test("readBounded() ends at once when aborted, also when the connection does not", async () => {
  const stalled = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
    cancel: () => new Promise(() => {}),
  });
  const stop = new AbortController();
  const reading = readBounded(new Response(stalled), { maxBytes: 5, signal: stop.signal });
  stop.abort(new Error("stop now"));
  await assert.rejects(reading, /stop now/);
});

Deno.test("readBounded() begins nothing when it is aborted already", async () => {
  const signal = AbortSignal.abort(new Error("stopped before"));
  const stalled = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  await assert.rejects(readBounded(new Response(stalled), { maxBytes: 5, signal }), /before/);
});
