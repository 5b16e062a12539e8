import assert from "node:assert/strict";
import { z } from "zod";
import {
  byteLength,
  describeIssues,
  oneLine,
  pluralize,
  truncate,
  visible,
  visibleJson,
} from "../../src/shared/text.ts";

Deno.test("pluralize() has the singular for one only", () => {
  assert.deepEqual([0, 1, 2].map((count) => pluralize(count, "event")), [
    "0 events",
    "1 event",
    "2 events",
  ]);
  assert.equal(pluralize(1, "retry", "retries"), "1 retry");
  assert.equal(pluralize(3, "retry", "retries"), "3 retries");
});

Deno.test("oneLine() has neither line breaks nor control characters, and ends where its bound is", () => {
  assert.equal(oneLine(" a\n\tb\u0000c\u2028d "), "a b c d");
  assert.equal(oneLine("x".repeat(200)), "x".repeat(200));
  assert.equal(oneLine("x".repeat(201)), `${"x".repeat(199)}…`);
  assert.equal(oneLine("abcdef", 3), "ab…");
});

Deno.test("visible() shows what a terminal would obey: controls of both sets, separators, changes of direction", () => {
  assert.equal(
    visible("a\x1b[2J\x9b1m\u202eb\u2066\u2028\r\nä"),
    "a\\x1b[2J\\x9b1m\\u202eb\\u2066\\u2028\\x0d\\nä",
  );
  assert.equal(oneLine("\x1b[31mred\u202e"), "\\x1b[31mred\\u202e");
});

Deno.test("visibleJson() keeps the meaning of JSON", () => {
  const value = { text: "\x9b\u202e\u2028 {a}" };
  const json = visibleJson(JSON.stringify(value));
  assert.match(json, /^[\x20-\x7e]+$/);
  assert.deepEqual(JSON.parse(json), value);
});

Deno.test("truncate() keeps what fits and else says how long it was, never cutting a character", () => {
  assert.equal(truncate("äöü", 6), "äöü");
  const cut = truncate("ä".repeat(100), 51);
  assert.equal(cut, `${"ä".repeat(17)} [cut: 200 bytes]`);
  assert.ok(byteLength(cut) <= 51);
});

Deno.test("describeIssues() names the path of each problem, and how many more there are", () => {
  const schema = z.object({ groups: z.array(z.string()) });
  const { error } = schema.safeParse({ groups: ["a", 1] });
  assert.ok(error);
  assert.equal(
    describeIssues(error, "args"),
    '"args.groups[1]": expected string, received number',
  );
  const many = schema.safeParse({ groups: [1, 2, 3, 4, 5] }).error;
  assert.ok(many);
  assert.match(describeIssues(many), /^"groups\[0\]": .*; and 2 more$/);
});
