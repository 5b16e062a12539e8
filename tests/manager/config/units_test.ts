import assert from "node:assert/strict";
import { parseDuration, parseSize } from "../../../src/manager/config/units.ts";

Deno.test("parseDuration() gives milliseconds", () => {
  assert.deepEqual(["500ms", "10s", "5m", "1h", "1.5s"].map(parseDuration), [
    500,
    10_000,
    300_000,
    3_600_000,
    1_500,
  ]);
});

Deno.test("parseSize() gives bytes, by thousands and by 1024", () => {
  assert.deepEqual(["1B", "10MB", "512KiB", "2GiB"].map(parseSize), [1, 1e7, 524_288, 2 ** 31]);
});

Deno.test("quantities without a known unit are refused", () => {
  for (const text of ["", "10", "s", "-1s", "10 s", "1e3s", "10d", "1constructor"]) {
    assert.throws(() => parseDuration(text), RangeError, text);
  }
  assert.throws(() => parseSize("10"), { message: '"10" is not a size such as 512KiB or 10MB' });
});
