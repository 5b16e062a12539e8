import assert from "node:assert/strict";
import { aborted, AnySignal } from "../../src/shared/any_signal.ts";

Deno.test("AnySignal is aborted with the first of its sources, and with its reason", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  using either = new AnySignal(first.signal, second.signal);
  const seen = aborted(either.signal);
  second.abort("second");
  first.abort("first");
  await seen;
  assert.equal(either.signal.reason, "second");
});

Deno.test("AnySignal is aborted from the start when a source is", () => {
  using either = new AnySignal(new AbortController().signal, AbortSignal.abort("over"));
  assert.equal(either.signal.reason, "over");
});

Deno.test("AnySignal that was disposed follows nobody any more", () => {
  const source = new AbortController();
  const either = new AnySignal(source.signal);
  either[Symbol.dispose]();
  source.abort();
  assert.equal(either.signal.aborted, false);
});
