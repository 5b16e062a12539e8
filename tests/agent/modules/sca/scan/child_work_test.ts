import assert from "node:assert/strict";
import { ChildWork } from "../../../../../src/agent/modules/sca/scan/child_work.ts";

/** A process whose state and ticks a test sets. */
class MadeUpProcess {
  state = "R";
  ticks: [user: number, system: number] = [0, 0];
  isThere = true;

  readText(): string | undefined {
    const fields = [this.state, "1", "1", "1", "0", "-1", "0", "0", "0", "0", "0", ...this.ticks];
    return this.isThere ? `7 (a ) b) ${fields.join(" ")} 0 0 20` : undefined;
  }
}

Deno.test("ChildWork takes a child for resting that would work and has hardly had a processor", () => {
  const process = new MadeUpProcess();
  const work = new ChildWork(7, process);
  process.ticks = [300, 100];
  work.heard();
  process.ticks = [350, 149];
  assert.equal(work.isResting(1_000), true);
  process.state = "D";
  assert.equal(work.isResting(1_000), false);
  process.state = "R";
  process.ticks = [350, 150];
  assert.equal(work.isResting(1_000), false);
});

Deno.test("ChildWork takes a child for resting that is stopped, and none that cannot be seen", () => {
  const process = new MadeUpProcess();
  const work = new ChildWork(7, process);
  process.ticks = [900, 900];
  process.state = "T";
  assert.equal(work.isResting(1_000), true);
  process.isThere = false;
  assert.equal(work.isResting(1_000), false);
});
