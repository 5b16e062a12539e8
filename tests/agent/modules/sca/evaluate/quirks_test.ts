/** What rules mean in the cases in which engines differ, each decided once. */

import assert from "node:assert/strict";
import { evaluateCheck } from "../../../../../src/agent/modules/sca/evaluate/evaluate_check.ts";
import { evaluateRule } from "../../../../../src/agent/modules/sca/evaluate/evaluate_rule.ts";
import { readRule } from "../../../../../src/agent/modules/sca/language/rule.ts";
import { MadeUpMachine } from "../support/made_up_machine.ts";

const MACHINE = {
  files: {
    "/etc/conf": "one\r\nTwo = 22\n# three\n",
    "/etc/empty": "",
    "/etc/words": "PASS_MAX_DAYS 90abc\nPASS_MIN_DAYS x7\nBIG 4294967296000\nNEGATIVE -5",
    "/etc/secret": { missing: "/etc/secret cannot be read: permission denied" },
    "/etc/d/a.conf": "install cramfs /bin/true",
    "/etc/d/sub/b.conf": "blacklist usb",
    "/etc/d/readme": "install nothing",
    "/etc/e/c.conf": "other",
  },
  commands: {
    "both": { stdout: "out\n", stderr: "err: denied\n" },
    "quiet": "",
    "fails": { stdout: "\n\n  yes \n", stderr: "" },
    "slow": { timedOut: "slow took longer than 20 s" },
  },
  processes: ["sshd"],
};

/** Rules and what they come to on the machine above. */
const RULES: readonly (readonly [rule: string, verdict: string])[] = [
  // Existence.
  ["f:/etc/conf", "found"],
  ["f:/etc/d", "not_found"],
  ["d:/etc/d", "found"],
  ["d:/etc/conf", "not_found"],
  ["not f:/etc/none", "found"],
  ["not   d:/etc/d", "not_found"],
  ["p:sshd", "found"],
  ["p:SSHD", "not_found"],
  ["c:fails", "found"],
  ["c:none", "invalid"],
  ["not c:none", "invalid"],
  ["c:slow -> r:x", "not_run"],
  ["not c:slow", "not_run"],
  // Content: upper and lower case are the same, line ends do not count.
  ["f:/etc/conf -> r:^two", "found"],
  ["f:/etc/conf -> r:^one$", "found"],
  ["f:/etc/conf -> r:one.*two", "not_found"],
  ["not f:/etc/conf -> r:^two", "not_found"],
  // All on one line.
  ["f:/etc/conf -> r:two && r:22", "found"],
  ["f:/etc/conf -> r:two && r:one", "not_found"],
  ["f:/etc/conf -> r:two && !r:#", "found"],
  ["f:/etc/conf -> !r:# && !r:two && r:one", "found"],
  // One that is negated and alone speaks of all lines.
  ["f:/etc/conf -> !r:two", "not_found"],
  ["f:/etc/conf -> !r:four", "found"],
  ["not f:/etc/conf -> !r:four", "not_found"],
  // Nothing is found in nothing, not even that something is missing.
  ["f:/etc/empty -> r:.*", "not_found"],
  ["f:/etc/empty -> !r:x", "not_found"],
  ["not f:/etc/empty -> r:.*", "found"],
  ["c:quiet -> r:.*", "not_found"],
  ["c:quiet -> !r:x", "not_found"],
  // A missing file is invalid, whatever is asked of its content.
  ["f:/etc/none -> r:x", "invalid"],
  ["not f:/etc/none -> r:x", "invalid"],
  ["f:/etc/none -> !r:x", "invalid"],
  ["f:/etc/secret -> r:x", "invalid"],
  // Literals: a whole line, or a whole output.
  ["f:/etc/conf -> one", "found"],
  ["f:/etc/conf -> on", "not_found"],
  ["f:/etc/conf -> ONE", "not_found"],
  ["c:fails -> yes", "found"],
  ["c:both -> err: denied", "found"],
  ["c:both -> out", "found"],
  ["c:both -> ou", "not_found"],
  // Output and error output, one after the other.
  ["c:both -> r:^out$", "found"],
  ["c:both -> r:denied", "found"],
  ["c:both -> !r:denied", "not_found"],
  ["c:both -> !r:^out", "not_found"],
  ["c:both -> !r:four", "found"],
  // Numbers.
  ["f:/etc/conf -> n:two\\s*=\\s*(\\d+) compare == 22", "found"],
  ["f:/etc/conf -> n:two\\s*=\\s*(\\d+) compare < 22", "not_found"],
  ["f:/etc/conf -> n:\\d+ compare >= 22", "found"],
  ["f:/etc/words -> n:MAX_DAYS\\s+(\\S+) compare <= 90", "found"],
  ["f:/etc/words -> n:MIN_DAYS\\s+(\\S+) compare <= 90", "invalid"],
  ["f:/etc/words -> n:BIG (\\d+) compare > 2147483648", "found"],
  ["f:/etc/words -> n:BIG (\\d+) compare == 4294967296000", "found"],
  ["f:/etc/words -> n:NEGATIVE (-?\\d+) compare < -4", "found"],
  ["f:/etc/words -> n:NEGATIVE (-?\\d+) compare != -5", "not_found"],
  ["f:/etc/words -> !n:MAX_DAYS\\s+(\\d+) compare > 100", "found"],
  ["f:/etc/words -> n:NONE (\\d+) compare == 1", "not_found"],
  // Folders: by base name, also far below; content of every file that is meant.
  ["d:/etc/d -> a.conf", "found"],
  ["d:/etc/d -> b.conf", "found"],
  ["d:/etc/d -> sub/b.conf", "found"],
  ["d:/etc/d -> d/a.conf", "not_found"],
  ["d:/etc/d -> r:^b", "found"],
  ["d:/etc/d -> r:^sub", "not_found"],
  ["d:/etc/d -> a.conf -> r:cramfs", "found"],
  ["d:/etc/d -> r:\\.conf$ -> r:blacklist", "found"],
  ["d:/etc/d -> r:\\.conf$ -> r:nothing", "not_found"],
  ["d:/etc/d -> r:\\.conf$ -> !r:nothing", "found"],
  ["d:/etc/d -> r:\\.conf$ -> !r:blacklist", "not_found"],
  ["d:/etc/none -> r:x", "invalid"],
  ["d:/etc/none", "not_found"],
  ["d:/etc/d,/etc/e -> c.conf", "found"],
  ["d:/etc/none,/etc/e -> r:c -> other", "found"],
  ["d:/etc/none, /etc/nothing -> r:c", "invalid"],
  ["f:/etc/none,/etc/conf -> one", "found"],
  // Names by *.
  ["f:/etc/*s -> r:^PASS", "found"],
  ["f:/etc/x* -> r:x", "invalid"],
  ["f:/etc/x*", "not_found"],
  // Arrows without blanks.
  ["f:/etc/conf->r:two", "found"],
  ["f:/etc/conf ->r:two", "found"],
  ["f:/etc/conf-> r:two", "found"],
];

for (const [text, verdict] of RULES) {
  Deno.test(`evaluateRule() finds ${text} to be ${verdict}`, async () => {
    const { rule, invalid } = readRule(text);
    assert.equal(invalid, undefined);
    if (rule === undefined) return assert.fail();
    const outcome = await evaluateRule(rule, new MadeUpMachine(MACHINE));
    assert.equal(outcome.verdict, verdict, outcome.seen);
    assert.notEqual(outcome.seen, "");
  });
}

/** What conditions make of rules: T holds, F does not, ? says nothing, ! did not end. */
const CONDITIONS:
  readonly (readonly [condition: "all" | "any" | "none", rules: string, result: string])[] = [
    ["all", "TT", "Passed"],
    ["all", "TF", "Failed"],
    ["all", "?F", "Failed"],
    ["all", "T?", "Not applicable"],
    ["all", "!F", "Failed"],
    ["all", "T!?", "Not run"],
    ["all", "", "Not applicable"],
    ["any", "FT", "Passed"],
    ["any", "?T", "Passed"],
    ["any", "FF", "Failed"],
    ["any", "F?", "Not applicable"],
    ["any", "F!", "Not run"],
    ["any", "", "Not applicable"],
    ["none", "FF", "Passed"],
    ["none", "FT", "Failed"],
    ["none", "?T", "Failed"],
    ["none", "F?", "Not applicable"],
    ["none", "", "Not applicable"],
  ];

const VERDICTS = { T: "found", F: "not_found", "?": "invalid", "!": "not_run" } as const;

for (const [condition, marks, result] of CONDITIONS) {
  Deno.test(`evaluateCheck() calls ${condition} of "${marks}" ${result}`, async () => {
    const rules = [...marks].map((mark) => ({ text: `p:${mark}`, line: 1, column: 1 }));
    const outcome = await evaluateCheck({ condition, rules }, (rule) => {
      const name = rule.kind === "process" ? rule.name as keyof typeof VERDICTS : "?";
      return { verdict: VERDICTS[name], seen: name };
    });
    assert.equal(outcome.result, result);
    assert.equal(outcome.reason === null && outcome.deciding === undefined, result === "Passed");
  });
}

Deno.test("evaluateCheck() looks at no rule behind the one that decides", async () => {
  const machine = new MadeUpMachine(MACHINE);
  const rules = ["c:both -> r:four", "c:fails"].map((text) => ({ text, line: 1, column: 1 }));
  const outcome = await evaluateCheck(
    { condition: "all", rules },
    (rule) => evaluateRule(rule, machine),
  );
  assert.equal(outcome.result, "Failed");
  assert.deepEqual(machine.ran, ["both"]);
});

Deno.test("evaluateCheck() calls a check without a known condition not applicable, and says so", async () => {
  const rules = [{ text: "f:/etc/conf", line: 1, column: 1 }];
  const outcome = await evaluateCheck({ condition: undefined, rules }, () => assert.fail());
  assert.deepEqual([outcome.result, outcome.reason], [
    "Not applicable",
    "its condition is missing",
  ]);
});

/** Rules that do not hold, and the line that they rest on. */
const COMPARED: readonly (readonly [rule: string, seen: string])[] = [
  [String.raw`f:/etc/words -> n:^BIG\s+(\d+) compare <= 365`, "line 3: BIG 4294967296000"],
  [String.raw`f:/etc/words -> r:big && n:\s(\d+) compare < 5`, "line 3: BIG 4294967296000"],
  [
    String.raw`f:/etc/words -> r:big && n:\s(\d+) compare < 5 && !n:(\d) compare > 0`,
    "line 3: BIG",
  ],
  [String.raw`f:/etc/words -> n:^SMALL\s+(\d+) compare <= 365`, "no such line in /etc/words"],
];

for (const [text, seen] of COMPARED) {
  Deno.test(`evaluateRule() tells of ${text} which number was compared`, async () => {
    const read = readRule(text);
    const rule = "rule" in read ? read.rule : assert.fail("the rule is invalid");
    const outcome = await evaluateRule(rule, new MadeUpMachine(MACHINE));
    assert.equal(outcome.verdict, "not_found");
    assert.ok(outcome.seen.includes(seen), outcome.seen);
    assert.equal(outcome.isContent === true, seen.startsWith("line"));
  });
}
