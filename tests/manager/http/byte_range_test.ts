import assert from "node:assert/strict";
import { requestedRange } from "../../../src/manager/http/byte_range.ts";

const FILE = { size: 10, etag: '"a"' };

function range(headers: Record<string, string>, file = FILE) {
  return requestedRange(new Headers(headers), file);
}

Deno.test("requestedRange() reads one range of each form", () => {
  assert.deepEqual(range({ Range: "bytes=2-4" }), { kind: "part", start: 2, end: 5 });
  assert.deepEqual(range({ Range: "Bytes= 2- " }), { kind: "part", start: 2, end: 10 });
  assert.deepEqual(range({ Range: "bytes=-3" }), { kind: "part", start: 7, end: 10 });
  assert.deepEqual(range({ Range: "bytes=0-99" }), { kind: "part", start: 0, end: 10 });
});

Deno.test("requestedRange() takes what is none, or several, as a wish for everything", () => {
  const whole = { kind: "whole", start: 0, end: 10 };
  assert.deepEqual(range({}), whole);
  for (const text of ["bytes=0-1,3-4", "bytes=4-2", "bytes=-", "items=0-1", "bytes=1", "0-1"]) {
    assert.deepEqual(range({ Range: text }), whole, text);
  }
});

Deno.test("requestedRange() knows what lies behind the end", () => {
  assert.equal(range({ Range: "bytes=10-" }).kind, "unsatisfiable");
  assert.equal(range({ Range: "bytes=-0" }).kind, "unsatisfiable");
  assert.equal(range({ Range: "bytes=0-" }, { size: 0, etag: '"a"' }).kind, "unsatisfiable");
});

Deno.test("requestedRange() gives everything to those who began with another file", () => {
  const ask = (condition: string) => range({ "Range": "bytes=2-4", "If-Range": condition }).kind;
  assert.equal(ask('"a"'), "part");
  assert.equal(ask('"b"'), "whole");
  assert.equal(ask('W/"a"'), "whole");
  assert.equal(ask("Thu, 26 Nov 2026 05:00:00 GMT"), "whole");
});
