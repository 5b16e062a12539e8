/**
 * Checks what was given: each value by itself, then all of them together.
 *
 * @module
 */

import * as z from "zod";
import { entryOf, membersOf } from "./forms.ts";
import type { Given, Problem, SubPath } from "./given.ts";
import type { Option } from "./options.ts";
import type { Platform } from "./platform.ts";
import type { Rule } from "./rules.ts";
import { nearest } from "./suggest.ts";

/** What came of checking each value. */
export interface Checked {
  /** The strongest valid value of each option that has one. */
  valid: Map<string, Given>;
  problems: Problem[];
}

/** Checks every value by itself; `given` goes from the weakest source to the strongest. */
export function checkEach(given: readonly Given[], options: ReadonlyMap<string, Option>): Checked {
  const checked: Checked = { valid: new Map(), problems: [] };
  for (const one of given) {
    const schema = options.get(one.path)?.schema;
    const result = schema?.safeParse(one.value);
    if (result?.success) checked.valid.set(one.path, one);
    else if (schema) checked.problems.push(...problemsOf(one, schema, result?.error?.issues ?? []));
  }
  return checked;
}

/** Checks the rules between options, except those on options that are wrong by themselves. */
export function checkTogether<Config>(
  config: Config,
  { rules, valid, problems, platform }: Checked & {
    rules: readonly Rule<Config>[];
    platform: Platform;
  },
): Problem[] {
  const wrong = new Set(problems.map((problem) => problem.path));
  return rules.filter(({ paths }) => !paths.some((path) => wrong.has(path)))
    .flatMap(({ paths, check }): Problem[] => {
      const text = check(config, platform);
      const path = paths.find((path) => valid.has(path));
      const given = path === undefined ? undefined : valid.get(path);
      if (text === undefined || given === undefined) return [];
      const { place } = given;
      return [{ path: given.path, place, text: `${given.path} is ${given.shown([])}, ${text}` }];
    });
}

/**
 * One problem for each part that is wrong, however many of its checks fail. Unknown keys come
 * first: a misspelled key is why the right one is missing.
 */
function problemsOf(given: Given, schema: z.ZodType, issues: readonly z.core.$ZodIssue[]) {
  const problems = new Map<string, Problem>();
  const unknownFirst = issues.flatMap(inForm).toSorted((a, b) => rank(a) - rank(b));
  for (const issue of unknownFirst) {
    const found = issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownKey(given, [...issue.path, key], schema))
      : [wrongValue(given, issue)];
    for (const problem of found) {
      const part = problem.text.split(" ", 1).join();
      if (!problems.has(part)) problems.set(part, problem);
    }
  }
  return problems.values();
}

/** What is wrong with a map that may also be a text is what is wrong with the map. */
function inForm(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const isOfForm = (issues: readonly z.core.$ZodIssue[]) =>
    !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0);
  const form = issue.errors.find(isOfForm);
  return form?.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) ?? [issue];
}

function rank({ code }: z.core.$ZodIssue): number {
  return code === "unrecognized_keys" ? 0 : 1;
}

function wrongValue(given: Given, { path, message }: z.core.$ZodIssue): Problem {
  const shown = given.shown(path) ?? "missing";
  return {
    path: given.path,
    place: given.placeOf(path, "value"),
    text: `${given.path}${subPathText(path)} is ${shown}, ${message}`,
  };
}

function unknownKey(given: Given, path: SubPath, schema: z.ZodType): Problem {
  const meant = nearest(String(path.at(-1)), keysAt(schema, path.slice(0, -1)));
  const suggestion = meant === undefined ? "" : `, did you mean ${meant}?`;
  return {
    path: given.path,
    place: given.placeOf(path, "key"),
    text: `${given.path}${subPathText(path)} is not an option${suggestion}`,
  };
}

/** The keys that the schema of a part knows. */
function keysAt(schema: unknown, path: SubPath): string[] {
  const inside = path.reduce<unknown>(
    (part, step) => typeof step === "number" ? entryOf(part) : membersOf(part)[String(step)],
    schema,
  );
  return Object.keys(membersOf(inside));
}

function subPathText(path: SubPath): string {
  return path.map((step) => typeof step === "number" ? `[${step}]` : `.${String(step)}`).join("");
}
