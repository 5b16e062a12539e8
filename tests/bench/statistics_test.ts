import assert from "node:assert/strict";
import { describe, quantile } from "../../bench/report/statistics.ts";

Deno.test("describe() gives the middle and the spread whatever the order", () => {
  assert.deepEqual(describe([5, 1, 4, 2, 3]), {
    n: 5,
    min: 1,
    median: 3,
    p75: 4,
    max: 5,
    relative_spread: 2 / 3,
  });
});

Deno.test("describe() takes the mean of the two in the middle of an even number", () => {
  const { median, p75 } = describe([10, 20, 30, 40]);
  assert.deepEqual({ median, p75 }, { median: 25, p75: 32.5 });
});

Deno.test("describe() of one value has no spread", () => {
  const { n, median, max, relative_spread } = describe([7]);
  assert.deepEqual({ n, median, max, relative_spread }, {
    n: 1,
    median: 7,
    max: 7,
    relative_spread: 0,
  });
});

Deno.test("describe() refuses to describe nothing", () => {
  assert.throws(() => describe([]), RangeError);
});

Deno.test("quantile() lies between the two nearest values", () => {
  const values = Array.from({ length: 201 }, (_, index) => 200 - index);
  assert.equal(quantile(values, 0.99), 198);
  assert.equal(quantile(values, 0.5), 100);
  assert.equal(quantile([1, 2], 0.25), 1.25);
  assert.throws(() => quantile([], 0.5), RangeError);
});
