/**
 * Makes checks in their order, each only when those that it needs went well.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { oneLine } from "../../../shared/text.ts";
import type { CheckResult, DoctorCheck, Finding } from "./check.ts";
import type { DoctorContext } from "./context.ts";

/** Longest message of a check, in characters. */
const MAX_MESSAGE = 500;

/**
 * Makes `checks` one after the other and tells `onResult` of each.
 *
 * @throws the signal's reason once that is aborted
 */
export async function runChecks(
  checks: readonly DoctorCheck[],
  context: DoctorContext,
  { clock, signal, onResult = () => {} }: {
    clock: Clock;
    signal: AbortSignal;
    onResult?: (result: CheckResult) => void;
  },
): Promise<CheckResult[]> {
  const results = new Map<string, CheckResult>();
  for (const check of checks) {
    signal.throwIfAborted();
    const startedMs = clock.monotonic();
    const found = reasonToSkip(check, results) ?? await look(check, context);
    signal.throwIfAborted();
    const ms = Math.round((clock.monotonic() - startedMs) * 10) / 10;
    const { status, message, try: next = null, detail = [] } = found;
    const said = { status, message: oneLine(message, MAX_MESSAGE), detail, try: next, ms };
    const result = { id: check.id, group: check.group, ...said };
    results.set(check.id, result);
    onResult(result);
  }
  return [...results.values()];
}

/** The checks of some groups, and all that these need. */
export function onlyGroups(
  checks: readonly DoctorCheck[],
  groups: readonly string[],
): DoctorCheck[] {
  const wanted = new Set<string>();
  // What a check needs stands before it.
  for (const { id, group, needs = [], needsOneOf = [] } of checks.toReversed()) {
    if (!groups.includes(group) && !wanted.has(id)) continue;
    for (const one of [id, ...needs, ...needsOneOf]) wanted.add(one);
  }
  return checks.filter(({ id }) => wanted.has(id));
}

function reasonToSkip(
  { needs = [], needsOneOf = [] }: DoctorCheck,
  results: ReadonlyMap<string, CheckResult>,
): Finding | undefined {
  const isMissing = (id: string) => !["ok", "warn"].includes(results.get(id)?.status ?? "skip");
  const missing = needs.find(isMissing) ??
    (needsOneOf.length > 0 && needsOneOf.every(isMissing) ? needsOneOf.join(" or ") : undefined);
  if (missing === undefined) return undefined;
  return { status: "skip", message: `needs ${missing}` };
}

async function look(check: DoctorCheck, context: DoctorContext): Promise<Finding> {
  try {
    return await check.run(context);
  } catch (error) {
    const hint = error instanceof AgentError ? error.hint : undefined;
    return { status: "fail", message: messageOf(error), try: hint };
  }
}
