import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
} from "../../../src/shared/config/units.ts";
import { mutatedText, oddText } from "../harness/arbitraries.ts";
import type { FuzzTarget } from "../harness/target.ts";

const text = fc.oneof(
  oddText,
  mutatedText("500ms", "10s", "5m", "1h", "10B", "1MB", "512KiB", "1TiB"),
);

export const target: FuzzTarget = {
  about: "durations and sizes come back as they were written, and anything else is none",
  weight: 4,
  open: () => ({
    property: fc.property(text, fc.maxSafeNat(), (text, amount) => {
      assert.equal(parseDuration(formatDuration(amount)), amount);
      assert.equal(parseSize(formatSize(amount)), amount);
      for (const value of [parseDuration(text), parseSize(text)]) {
        if (value !== undefined) assert.ok(Number.isSafeInteger(value) && value >= 0);
        if (value !== undefined) assert.match(text, /^\d+[a-zA-Z]+$/);
      }
    }),
  }),
};
