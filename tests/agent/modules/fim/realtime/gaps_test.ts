import assert from "node:assert/strict";
import { Gaps } from "../../../../../src/agent/modules/fim/realtime/gaps.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";

const overflow = { paths: ["/etc"], cause: "a full queue", hint: "sysctl" };

Deno.test("Gaps: what was missed is scanned at once, and again after 30 seconds at the earliest", async () => {
  const clock = new FakeClock();
  const gaps = new Gaps(clock);
  assert.equal(gaps.nextInMs(), undefined);
  gaps.add(overflow);
  gaps.add({ ...overflow, paths: ["/usr"] });
  assert.equal(gaps.nextInMs(), 0);
  assert.deepEqual(gaps.problems().map(({ code, subject }) => [code, subject]), [
    ["changes_missed", "/etc"],
  ]);
  assert.deepEqual(gaps.take().flatMap(({ paths }) => paths), ["/etc", "/usr"]);
  assert.deepEqual([gaps.problems(), gaps.count], [[], 2]);
  gaps.add(overflow);
  assert.equal(gaps.nextInMs(), 30_000);
  await clock.advance(30_000);
  assert.equal(gaps.nextInMs(), 0);
});

Deno.test("Gaps: what goes on being missed stays a problem, once", () => {
  const gaps = new Gaps(new FakeClock());
  gaps.add({ ...overflow, isLasting: true });
  gaps.add({ ...overflow, paths: [], isLasting: true });
  gaps.take();
  assert.equal(gaps.problems().length, 1);
  gaps.forgetLasting();
  assert.deepEqual(gaps.problems(), []);
});

Deno.test("Gaps: what could not be scanned is not forgotten", () => {
  const gaps = new Gaps(new FakeClock());
  gaps.add(overflow);
  gaps.giveBack(gaps.take());
  assert.equal(gaps.problems().length, 1);
  assert.equal(gaps.nextInMs(), 30_000);
});
