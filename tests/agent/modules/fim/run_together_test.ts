import assert from "node:assert/strict";
import { runTogether } from "../../../../src/agent/modules/fim/run_together.ts";
import { aborted } from "../../../../src/shared/any_signal.ts";

Deno.test("runTogether: when one fails the others end, and its error is told", async () => {
  let ended = 0;
  const waits = async (signal: AbortSignal) => {
    await aborted(signal);
    ended++;
    throw signal.reason;
  };
  const fails = () => Promise.reject(new Error("no disk"));
  const { signal } = new AbortController();
  await assert.rejects(() => runTogether(signal, [waits, fails, waits]), /no disk/);
  assert.equal(ended, 2);
});

Deno.test("runTogether: an end that was asked for is no failure", async () => {
  const stop = new AbortController();
  const running = runTogether(stop.signal, [async (signal) => {
    await aborted(signal);
    throw signal.reason;
  }]);
  stop.abort("stopping");
  await running;
});
