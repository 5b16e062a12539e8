import assert from "node:assert/strict";
import { lintPolicy } from "../../../../../src/agent/modules/sca/language/lint.ts";
import { readPolicy } from "../../../../../src/agent/modules/sca/language/read_policy.ts";

function policyOf(text: string) {
  const { policy, problems } = readPolicy(text, { file: "p.yml" });
  assert.ok(policy, JSON.stringify(problems));
  return policy;
}

const HEAD = "policy: { id: p, name: P }\n";

function checkWith(rules: string, more = "condition: all"): string {
  return `${HEAD}checks:\n  - { id: 1, name: A, ${more}, rules: [${rules}] }\n`;
}

/** Problems as lint prints them, without the file. */
function problemsOf(text: string): string[] {
  return lintPolicy(text, "p.yml").map(({ line, column, severity, text }) =>
    `${line}:${column} ${severity}: ${text}`
  );
}

Deno.test("readPolicy() reads titles, references and compliance in all ways in which they are written", () => {
  const policy = policyOf(`
policy: { id: 17, title: T, reference: https://a.example }
checks:
  - { id: 1, title: Old, name: New, referencces: [b, c], condition: ALL, rules: ["f:/a"],
      compliance: [{ cis: ["1.10"] }, { pci: [2.2, 3] }, { cis: 4 }] }
  - { id: "1a", title: Map, references: d, condition: none, rules: "f:/a",
      compliance: { tsc: [CC6.1] }, mitre: { technique: [T1021], tactic: { id: [TA0005], name: [Stealth] } } }
`);
  assert.deepEqual([policy.id, policy.name, policy.references], ["17", "T", ["https://a.example"]]);
  const [old, map] = policy.checks;
  assert.deepEqual([old?.name, old?.references, old?.condition], ["New", ["b", "c"], "all"]);
  assert.deepEqual(old?.compliance, { cis: ["1.10", "4"], pci: ["2.2", "3"] });
  assert.deepEqual([map?.id, map?.references, map?.rules.length], ["1a", ["d"], 1]);
  assert.deepEqual(map?.compliance, { tsc: ["CC6.1"] });
  assert.deepEqual(map?.mitre, [
    { kind: "tactic", ids: ["TA0005"], names: ["Stealth"] },
    { kind: "technique", ids: ["T1021"], names: [] },
  ]);
});

Deno.test("readPolicy() replaces the longest name of a variable, and nothing in what it puts there", () => {
  const policy = policyOf(`${HEAD}
variables: { $a: /etc/$ab, $ab: /long, $empty: "", $list: [/x, /y] }
checks:
  - { id: 1, name: A, condition: all, rules: ["f:$ab/c", "f:$a", "f:$empty/e", "d:$list", "c:awk $1"] }
`);
  assert.deepEqual(policy.checks[0]?.rules.map(({ text }) => text), [
    "f:/long/c",
    "f:/etc/$ab",
    "f:/e",
    "d:/x,/y",
    "c:awk $1",
  ]);
});

Deno.test("readPolicy() knows where each rule stands, also behind anchors and in blocks", () => {
  const policy = policyOf(`${HEAD}
checks:
  - id: 1
    name: A
    condition: all
    rules: &rules
      - f:/a
      - >-
        f:/b
  - { id: 2, name: B, condition: all, rules: *rules }
`);
  const places = policy.checks.map(({ rules }) =>
    rules.map(({ line, column }) => `${line}:${column}`)
  );
  assert.deepEqual(places, [["8:9", "9:9"], ["8:9", "9:9"]]);
});

Deno.test("readPolicy() leaves out rules on the registry, and keeps the others of their check", () => {
  const text = checkWith(`'r:HKEY_LOCAL_MACHINE\\Soft -> x', 'not r:HKLM', "f:/a"`);
  assert.deepEqual(policyOf(text).checks[0]?.rules.map((rule) => rule.text), ["f:/a"]);
  const windows = readPolicy(checkWith("'r:HKLM'"), { file: "p.yml" });
  assert.deepEqual(windows.problems.map(({ severity }) => severity), ["warning"]);
});

Deno.test("readPolicy() reads a byte order mark and line ends of Windows as if they were not there", () => {
  const policy = policyOf(`\ufeff${checkWith('"f:/a"').replaceAll("\n", "\r\n")}`);
  assert.deepEqual(policy.checks[0]?.rules[0]?.text, "f:/a");
});

/** Texts of rules, and what lint says of them; the place is always that of the rule. */
const RULES: readonly (readonly [rule: string, severity: string, text: RegExp])[] = [
  ["x:/a", "error", /must begin with f:, d:, c: or p:/],
  ["!f:/a", "error", /write "not f:"/],
  ["f:etc/a", "error", /"etc\/a" is no absolute path/],
  ["f:", "error", /nothing stands behind "f:"/],
  ["f:/a -> ", "error", /nothing stands behind "->"/],
  ["f:/a -> r:", "error", /the pattern is empty/],
  ["f:/a -> r:^*x", "error", /"\*" follows nothing .* old engine/],
  ["f:/a -> r:a\\p", "error", /"\\p" needs a property in braces/],
  ["f:/a -> r:a\\i", "error", /"\\i" means nothing/],
  ["f:/a -> r:a && r:(", "error", /"\(" is never closed/],
  ["f:/a -> n:a(\\d+) => 3", "error", /write "n:a\(\\d\+\) compare >= 3"/],
  ["f:/a -> n:a(\\d+) compare =< 3", "error", /write "<="/],
  ["f:/a -> n:a(\\d+) compare <=3", "error", /write "compare <= 3"/],
  ["f:/a -> n:a(\\d+) compare <= x", "error", /"x" is no whole number/],
  ["f:/a -> n:a(\\d+)", "error", /a comparison is missing/],
  ["p:a -> r:b", "error", /a process has no text/],
  ['c:echo "a', "error", /a double quote is never closed/],
  ["f:/a->r:b", "warning", /write " -> "/],
  ["f:/a -> !b", "warning", /only "!r:" and "!n:" negate/],
  ["f:/a -> a && r:b", "warning", /"&&" is text here/],
  ["c:no-such-program-here", "warning", /there is no command no-such-program-here/],
  ["c:ls | head", "warning", /no shell runs this/],
  ["c:grep 'a b' /c", "warning", /single quotes keep nothing together/],
];

for (const [rule, severity, text] of RULES) {
  Deno.test(`lintPolicy() says what is wrong with the rule ${rule}`, () => {
    const [problem, ...more] = lintPolicy(checkWith(JSON.stringify(rule)), "p.yml");
    assert.deepEqual([problem?.severity, more], [severity, []]);
    assert.match(problem?.text ?? "", text);
    assert.deepEqual([problem?.line, problem?.column], [3, 47]);
  });
}

Deno.test("lintPolicy() finds nothing in rules that are right", () => {
  const rules = [
    "f:/a -> r:b",
    "not d:/a -> r:\\.conf$ -> !r:x",
    'c:sh -c "ls | head" -> x',
    "p:a",
  ];
  assert.deepEqual(problemsOf(checkWith(rules.map((rule) => JSON.stringify(rule)).join())), []);
});

/** Texts that are wrong as a whole or in a part, and what lint says of them. */
const TEXTS: readonly (readonly [text: string, problem: RegExp])[] = [
  ["", /1:1 error: there is no policy in it/],
  ["just words", /1:1 error: a policy must be a map/],
  ["checks: []", /it has no id/],
  ["policy: { name: x }", /1:1 error: it has no id/],
  [HEAD, /there are no checks in it/],
  [`${HEAD}checks: [`, /error: /],
  [`${HEAD}chekcs: []`, /2:1 warning: "chekcs" means nothing in a policy, did you mean "checks"\?/],
  [checkWith('"f:/a"', "conditon: all"), /"conditon" .* did you mean "condition"/],
  [
    checkWith('"f:/a"', "condition: some"),
    /3:23 error: the condition of check 1 is "some", must be one of all, any, none/,
  ],
  [checkWith(""), /check 1 has no rules/],
  [
    `${checkWith('"f:/a"')}  - { id: 1, name: B, condition: all, rules: ["f:/b"] }\n`,
    /4:5 error: a check with id 1 stands before/,
  ],
  [
    `${HEAD}checks:\n  - { name: A, condition: all, rules: ["f:/a"] }\n`,
    /3:5 error: a check has no "id"/,
  ],
  [`${HEAD}variables: { a: b }\n`, /2:14 error: "a" is no name of a variable/],
  [`${HEAD}a: &a [x, x]\nb: [${"*a,".repeat(101)}]\n`, /more than 100 aliases/],
];

for (const [text, problem] of TEXTS) {
  Deno.test(`lintPolicy() says what is wrong with ${JSON.stringify(text.slice(0, 90))}`, () => {
    assert.match(problemsOf(text).join("\n"), problem);
  });
}

Deno.test("readPolicy() keeps the checks that are right when others are not", () => {
  const text = `${checkWith('"x:/a"')}  - { id: 2, name: B, condition: all, rules: ["f:/b"] }\n`;
  assert.deepEqual(policyOf(text).checks.map(({ id }) => id), ["1", "2"]);
});
