import assert from "node:assert/strict";
import { Backoff } from "../../../../src/agent/comms/connection/backoff.ts";

const almostOne = () => 1 - Number.EPSILON;

Deno.test("Backoff.next() doubles the window up to its bound, and reset() starts again", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, random: almostOne });
  const waits = Array.from({ length: 6 }, () => Math.round(backoff.next()));
  assert.deepEqual(waits, [100, 200, 400, 800, 1_000, 1_000]);
  backoff.reset();
  assert.equal(Math.round(backoff.next()), 100);
});

Deno.test("Backoff.next() draws from the whole window", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 100, random: () => 0.25 });
  assert.equal(backoff.next(), 25);
});

Deno.test("Backoff.next() waits at least as long as the server asked for, and spreads agents", () => {
  for (const [share, expected] of [[0, 5_000], [0.5, 5_050]] as const) {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, random: () => share });
    assert.equal(backoff.next(5_000), expected);
  }
});

Deno.test("Backoff.next() still backs off when the server asks for no wait at all", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, random: () => 0.5 });
  assert.equal(backoff.next(0), 50);
  assert.equal(backoff.next(0), 100);
});

Deno.test("Backoff.next() never goes beyond a bound that is below the base", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 10, random: almostOne });
  assert.equal(Math.round(backoff.next()), 10);
});
