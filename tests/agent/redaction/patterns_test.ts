import assert from "node:assert/strict";
import { compilePattern } from "../../../src/agent/redaction/pattern.ts";
import { patternProblem } from "../../../src/agent/redaction/pattern_problem.ts";

const BEYOND = ["(?=a)", "(?<!a)b", "(a)\\1", "(?<x>a)\\k<x>", "(?>a)", "a++", "(a", "a)"];
const FINE = [
  "^\\d{4}-",
  "[(?=]",
  "\\(?=",
  "\\\\(1)",
  "[]a]+",
  "(?i)error|fatal",
  "(?P<x>a)",
  "\\{a\\}+",
  "(a+)+$",
  "(?s-i:a)b",
  "[[:alpha:]_]\\pN\\x{20AC}",
  "\\Q(*\\E",
  "(?U)a{2,}",
  "^$",
];

for (const pattern of BEYOND) {
  Deno.test(`patternProblem() refuses ${pattern}`, () => {
    assert.match(patternProblem(pattern) ?? "", /^must be /);
    assert.throws(() => compilePattern(pattern), /Cannot use the pattern/);
  });
}

for (const pattern of FINE) {
  Deno.test(`patternProblem() says nothing of ${pattern}`, () => {
    assert.equal(patternProblem(pattern), undefined);
    compilePattern(pattern);
  });
}

Deno.test("a pattern that blows up elsewhere is matched at once", () => {
  assert.equal(compilePattern("^(([a-z])+.)+[A-Z]([a-z])+$").test("a".repeat(50_000)), false);
});

Deno.test("a pattern is replaced with its groups, and what it matches without a character stays", () => {
  const pattern = compilePattern("id=(\\d+)");
  assert.deepEqual(pattern.replace("id=1 id=22", "id=<$1>"), { text: "id=<1> id=<22>", count: 2 });
  assert.deepEqual(compilePattern("x*").replace("abc", "-"), { text: "abc", count: 0 });
});
