import assert from "node:assert/strict";
import { PollWait } from "../../../../src/agent/comms/connection/poll_wait.ts";

/** Polls through a proxy that cuts at `limitMs`, with a server that holds as long as it is asked; gives what was asked. */
function through(wait: PollWait, limitMs: number, polls: number): number[] {
  return Array.from({ length: polls }, () => {
    const { askedMs } = wait;
    if (askedMs >= limitMs) wait.cut(limitMs);
    else wait.answered(askedMs);
    return askedMs;
  });
}

Deno.test("PollWait asks for less after two early cuts, and stays below them", () => {
  const wait = new PollWait();
  assert.deepEqual(through(wait, 60_000, 5), [120_000, 120_000, 48_000, 48_000, 48_000]);
});

Deno.test("PollWait takes a single cut for the end of a server", () => {
  const wait = new PollWait();
  wait.cut(30_000);
  wait.answered(120_000);
  wait.cut(30_000);
  assert.equal(wait.askedMs, 120_000);
});

Deno.test("PollWait grows again when the proxy has gone, and finds a shorter limit anew", () => {
  const wait = new PollWait();
  through(wait, 20_000, 2);
  assert.equal(wait.askedMs, 16_000);
  assert.equal(through(wait, Infinity, 220).at(-1), 120_000);
  through(wait, 10_000, 2);
  assert.equal(wait.askedMs, 8_000);
});

Deno.test("PollWait is rarely cut by a proxy that stays", () => {
  const wait = new PollWait();
  through(wait, 30_000, 2);
  const asked = through(wait, 30_000, 400);
  assert.ok(asked.filter((ms) => ms >= 30_000).length <= 20, asked.join());
});

Deno.test("PollWait asks for 5 s at least, and always for what it was given", () => {
  const wait = new PollWait();
  through(wait, 1_500, 4);
  assert.equal(wait.askedMs, 5_000);
  const fixed = new PollWait(45_500);
  through(fixed, 10_000, 4);
  assert.equal(fixed.askedMs, 45_000);
});
