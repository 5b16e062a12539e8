/** The policy that packages bring along. */

import assert from "node:assert/strict";
import { evaluateCheck } from "../../../../src/agent/modules/sca/evaluate/evaluate_check.ts";
import { evaluateRule } from "../../../../src/agent/modules/sca/evaluate/evaluate_rule.ts";
import { readPolicy } from "../../../../src/agent/modules/sca/language/read_policy.ts";
import { MadeUpMachine } from "./support/made_up_machine.ts";

const file = "config/sca/linux_baseline.yml";

Deno.test("no check of the baseline passes on a machine that has nothing of what it is about", async () => {
  const { policy, problems } = readPolicy(Deno.readTextFileSync(file), { file });
  assert.deepEqual(problems, []);
  const commands = policy?.checks.flatMap(({ rules }) => rules)
    .map(({ text }) => /^(?:not )?c:(.*?)(?: -> .*)?$/.exec(text)?.[1] ?? "")
    .filter((command) => command.startsWith("stat "));
  const stderr = "stat: cannot statx: No such file or directory\n";
  const machine = new MadeUpMachine({
    commands: Object.fromEntries((commands ?? []).map((one) => [one, { stdout: "", stderr }])),
  });
  const passed: string[] = [];
  for (const check of policy?.checks ?? []) {
    const { result } = await evaluateCheck(check, (rule) => evaluateRule(rule, machine));
    if (result === "Passed") passed.push(`${check.id} ${check.name}`);
  }
  // There is no machine without this folder.
  assert.deepEqual(passed, ["5008 The home of root is root's alone"]);
});
