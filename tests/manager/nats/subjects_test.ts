import assert from "node:assert/strict";
import { covers, subjectOf, subjectToken } from "../../../src/manager/nats/subjects.ts";

Deno.test("subjectToken keeps every text within one token, and different ones different", () => {
  const texts = [
    "a",
    "a.b",
    "a%2Eb",
    "*",
    ">",
    " ",
    "\t\r\n",
    "",
    "%",
    "ü",
    "😀",
    "\ud800",
    "A_b-1",
  ];
  const tokens = texts.map(subjectToken);
  for (const token of tokens) assert.match(token, /^[A-Za-z0-9_%-]+$/);
  assert.equal(new Set(tokens).size, texts.length);
  assert.equal(subjectToken("a.b"), "a%2Eb");
  assert.equal(subjectToken("A_b-1"), "A_b-1");
});

Deno.test("subjectOf never leaves the token of an agent's id", () => {
  assert.equal(subjectOf("p.q", "keepalive", "x.>"), "p.q.manager.keepalive.x%2E%3E");
  assert.equal(subjectOf("p.q", "status_change", "*"), "p.q.agent.%2A.status_change");
});

Deno.test("covers compares subjects token by token", () => {
  for (const wide of [">", "a.>", "*.>", "*.*.*", "a.b.*", "a.*.*"]) {
    assert.ok(covers(wide, "a.b.*"), wide);
  }
  for (const wide of ["a.b.*.>", "a.b.c", "b.>", "a.b", "a.*", "a.b.*.*", ""]) {
    assert.ok(!covers(wide, "a.b.*"), wide);
  }
  assert.ok(covers("a.>", "a.b.>"));
  assert.ok(!covers("a.*.*", "a.b.>"));
});
