import assert from "node:assert/strict";
import fc from "fast-check";
import { ExportParser } from "../../../src/agent/modules/journald/export_parser.ts";
import { exportOf, type Field } from "../../agent/modules/journald/support/export_text.ts";
import { mutatedBytes } from "../harness/arbitraries.ts";
import type { FuzzTarget } from "../harness/target.ts";

const LIMITS = { maxValueBytes: 40, maxEntryBytes: 100 };

const field = (name: string, value: string): Field => [name, new TextEncoder().encode(value)];
const samples = [
  exportOf([[field("MESSAGE", "hello ä"), field("_PID", "1")], [field("MESSAGE", "two\nlines")]]),
  exportOf([[field("A", "\u0001".repeat(60)), field("B", "=x=\n\nC=1"), field("A", "")]]),
  exportOf([[field("MESSAGE", "y".repeat(90))]]),
];
const bytes = fc.oneof(mutatedBytes(...samples), fc.uint8Array({ maxLength: 80 }));

/** What an export holds that comes in pieces; `refused` behind what came before it was. */
function read(bytes: Uint8Array, ends: readonly number[]) {
  const parser = new ExportParser(LIMITS);
  const found: unknown[] = [];
  let start = 0;
  try {
    for (const end of ends) {
      for (const entry of parser.push(bytes.subarray(start, end))) {
        const values = [...entry.fields()];
        const size = values.flatMap(([, value]) => value).join("").length;
        assert.ok(size <= LIMITS.maxEntryBytes);
        found.push([values, entry.cut, entry.cutBytes]);
      }
      start = end;
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    found.push("refused");
  }
  return found;
}

export const target: FuzzTarget = {
  about: "an export of the journal holds the same wherever its pieces end, within its bounds",
  weight: 10,
  open: () => ({
    property: fc.property(bytes, fc.integer({ min: 1, max: 40 }), (bytes, step) => {
      const count = Math.ceil(bytes.length / step);
      const ends = Array.from(
        { length: count },
        (_, index) => Math.min(bytes.length, (index + 1) * step),
      );
      assert.deepEqual(read(bytes, ends), read(bytes, [bytes.length]));
    }),
  }),
};
