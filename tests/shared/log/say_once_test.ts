import assert from "node:assert/strict";
import { FailureStreak, once } from "../../../src/shared/log/say_once.ts";

Deno.test("FailureStreak.add() says whether a failure is news, until the streak ends", () => {
  const streak = new FailureStreak<{ reason: string }>((one, other) => one.reason === other.reason);
  const add = (reason: string) => streak.add({ reason });
  assert.deepEqual([add("busy"), add("busy"), add("refused"), add("busy")], [
    true,
    false,
    true,
    true,
  ]);
  assert.deepEqual(streak.latest, { reason: "busy" });
  assert.equal(streak.end(), 4);
  assert.deepEqual([streak.latest, streak.end(), add("busy")], [undefined, 0, true]);
});

Deno.test("once() acts at the first call only", () => {
  let times = 0;
  const act = once(() => times++);
  act();
  act();
  assert.equal(times, 1);
});
