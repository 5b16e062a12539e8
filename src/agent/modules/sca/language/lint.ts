/**
 * What is wrong with a policy, or could be better: more than reading it tells.
 *
 * @module
 */

import { splitCommand } from "./command_words.ts";
import type { Policy, PolicyProblem, WrittenRule } from "./policy.ts";
import { findProgram } from "./programs.ts";
import { readPolicy } from "./read_policy.ts";
import { readRule } from "./rule.ts";

/** Characters that only a shell knows, outside of quotes. */
const SHELL_SIGNS = /[|;<>`&*]|\$\(/;

/** All that is wrong with the text of a policy, in the order of its places. */
export function lintPolicy(text: string, file: string): PolicyProblem[] {
  const { policy, problems } = readPolicy(text, { file });
  const more = policy === undefined ? [] : rulesOf(policy).flatMap(commandProblems);
  return [...problems, ...more]
    .sort((one, other) => one.line - other.line || one.column - other.column);
}

/** Whether a policy with these problems is invalid. */
export function isInvalid(problems: readonly PolicyProblem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

function rulesOf({ requirements, checks }: Policy): WrittenRule[] {
  return [...requirements?.rules ?? [], ...checks.flatMap(({ rules }) => rules)];
}

function commandProblems({ text, line, column }: WrittenRule): PolicyProblem[] {
  const { rule } = readRule(text);
  if (rule?.kind !== "command") return [];
  const warning = (text: string) => ({ severity: "warning", line, column, text } as const);
  const { words: [program = "", ...args] } = splitCommand(rule.command);
  const problems: PolicyProblem[] = [];
  if (findProgram(program) === undefined) {
    problems.push(warning(`there is no command ${program} on this machine`));
  }
  const unquoted = rule.command.replace(/\\.|"[^"]*"/g, "");
  const isShell = /^(?:ba|da|z)?sh$/.test(program.slice(program.lastIndexOf("/") + 1));
  if (!isShell && SHELL_SIGNS.test(unquoted)) {
    problems.push(warning(`no shell runs this: write sh -c "…" around ${rule.command}`));
  }
  if (args.some((arg) => /^'[^']*$/.test(arg))) {
    problems.push(warning("single quotes keep nothing together: write double quotes"));
  }
  return problems;
}
