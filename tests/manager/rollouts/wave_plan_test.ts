import assert from "node:assert/strict";
import { randomFrom } from "../../support/random.ts";
import { inTurn, parseShare, waveSizes } from "../../../src/manager/rollouts/wave_plan.ts";

Deno.test("waveSizes() says how many each wave adds; a wave that would add nobody is none", () => {
  assert.deepEqual(waveSizes([1, "10%", "100%"], 1_000), [1, 99, 900]);
  assert.deepEqual(waveSizes([1, "10%", "100%"], 5), [1, 4]);
  assert.deepEqual(waveSizes([1, "10%", "100%"], 1), [1]);
  assert.deepEqual(waveSizes([5, 500], 10), [5, 5]);
  assert.deepEqual(waveSizes(["0%", "50%"], 3), [2]);
  assert.deepEqual(waveSizes(["33.333%", "100%"], 3), [1, 2]);
});

Deno.test("waveSizes() refuses waves that do not grow", () => {
  assert.throws(() => waveSizes([10, "10%"], 50), /waves\[1\] \(10%\) has fewer agents.*\(10\)/);
});

Deno.test("parseShare() reads shares up to all", () => {
  assert.deepEqual(["0%", "5%", "2.5%", "100%"].map(parseShare), [0, 0.05, 0.025, 1]);
  for (const text of ["", "5", "%", "-1%", "101%", "1e1%", "5 %", "٥%", "5%%", "1.2345%"]) {
    assert.equal(parseShare(text), undefined, text);
  }
});

Deno.test("inTurn() takes those that are connected first, and each group of them as if drawn", () => {
  const agents = Array.from({ length: 40 }, (_, index) => ({
    id: `agent-${index}`,
    active: index % 2 === 1,
  }));
  const turns = inTurn(agents, randomFrom(1));
  assert.deepEqual(turns.toSorted(), agents.map(({ id }) => id).sort());
  const even = (id: string) => Number(id.slice(6)) % 2 === 0;
  assert.ok(turns.slice(0, 20).every((id) => !even(id)) && turns.slice(20).every(even));
  assert.notDeepEqual(turns, inTurn(agents, randomFrom(2)));
  assert.deepEqual(turns, inTurn(agents, randomFrom(1)));
});
