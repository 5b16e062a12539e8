/**
 * Whether the policies can be used.
 *
 * @module
 */

import type { CheckPlace, CheckResult } from "../check.ts";
import { isInvalid, lintPolicy } from "./language/lint.ts";
import type { ScaOptions } from "./options.ts";
import { findPolicies } from "./policy_sources.ts";

/** Looks for mistakes in all policies that are named, or found in the data folder and where packages put them. */
export function checkPolicies(options: ScaOptions, { dataFolder }: CheckPlace): CheckResult {
  const { sources, troubles } = findPolicies(options, {
    dataFolder,
    trustOwner: Deno.build.os !== "windows" && Deno.uid() === 0,
  });
  const [trouble] = troubles;
  if (trouble !== undefined) return { status: "fail", message: trouble.message, try: trouble.hint };
  for (const { key, file, text, isRemote } of sources) {
    const problems = lintPolicy(text, file);
    const first = problems.find((one) => isInvalid([one]));
    if (first === undefined) continue;
    return {
      status: "fail",
      message: `${key}:${first.line}:${first.column}: ${first.text}`,
      try: isRemote ? "mend it in the group's file" : `mend it, see agent sca lint ${file}`,
    };
  }
  const untrusted = sources.find(({ isRemote, whyNoCommands }) =>
    !isRemote && whyNoCommands !== undefined
  );
  if (untrusted !== undefined) {
    return {
      status: "warn",
      message: `commands of ${untrusted.file} are not run: ${untrusted.whyNoCommands}`,
      try: "let only root and the agent's user write to it and to the folders above it",
    };
  }
  const count = sources.length === 1 ? "1 policy" : `${sources.length} policies`;
  return { status: "ok", message: `${count} can be used` };
}
