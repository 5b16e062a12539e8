/**
 * One policy looked at now, without an agent.
 *
 * @module
 */

import { nearest } from "../../../shared/config/suggest.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { CheckOutcome } from "./evaluate/evaluate_check.ts";
import type { Policy, PolicyProblem } from "./language/policy.ts";
import { isInvalid } from "./language/lint.ts";
import type { ScaOptions } from "./options.ts";
import { generalOutcome } from "./general_outcome.ts";
import { readPolicyFile } from "./policy_file.ts";
import { scanInChildren } from "./scan/child_scan.ts";

/** What is looked at, and how. */
interface LiveOptions {
  /** Only this check. @default all */
  id?: string | undefined;
  options: Pick<ScaOptions, "command_timeout" | "scan_timeout" | "max_output">;
  clock: Clock;
  signal: AbortSignal;
}

/** What came of it. */
export interface LiveResults {
  policy: Policy;
  problems: readonly PolicyProblem[];
  requirements: CheckOutcome;
  /** By the id of the check. */
  outcomes: ReadonlyMap<string, CheckOutcome>;
}

/**
 * Looks at the policy in a file.
 *
 * @throws {AgentError} `config_invalid` when it cannot be used, `usage` for a check that it does not have
 */
export async function checkLive(path: string, live: LiveOptions): Promise<LiveResults> {
  const { options, clock, signal, id } = live;
  const text = readPolicyFile(path);
  const job = {
    policies: [{
      key: path,
      file: path,
      source: { text },
      isRemote: false,
      skip: [],
      ...(id !== undefined && { only: id }),
    }],
    commandTimeoutMs: options.command_timeout,
    maxOutputBytes: options.max_output,
    ownFolders: [],
    remoteFiles: [],
    withTraces: true,
  };
  const outcomes = new Map<string, CheckOutcome>();
  let found: Omit<LiveResults, "outcomes" | "requirements"> | undefined;
  let requirements: CheckOutcome = { result: "Passed", reason: null, traces: [] };
  for await (
    const message of scanInChildren(job, { clock, signal, timeoutMs: options.scan_timeout })
  ) {
    if (message.kind === "read") found = usable(path, message.read, id);
    else if (message.kind === "requirements") requirements = message.outcome;
    else outcomes.set(message.check, message.outcome);
  }
  if (found === undefined) throw new Error(`Nothing was said of ${path}`);
  const { policy } = found;
  const general = generalOutcome(requirements, policy.requirements?.title ?? "");
  if (general === undefined) return { ...found, requirements, outcomes };
  const wanted = policy.checks.filter((check) => id === undefined || check.id === id);
  return {
    ...found,
    requirements,
    outcomes: new Map(wanted.map((check) => [check.id, general])),
  };
}

function usable(
  path: string,
  { policy, problems }: { policy?: Policy; problems: readonly PolicyProblem[] },
  id: string | undefined,
): Omit<LiveResults, "outcomes" | "requirements"> {
  if (policy === undefined) {
    const [first] = problems.filter((one) => isInvalid([one]));
    const where = first === undefined ? path : `${path}:${first.line}:${first.column}`;
    throw new AgentError("config_invalid", `${where}: ${first?.text ?? "it is no policy"}`, {
      hint: `agent sca lint ${path}`,
    });
  }
  const ids = policy.checks.map((check) => check.id);
  if (id !== undefined && !ids.includes(id)) {
    const meant = nearest(id, ids);
    throw new AgentError("usage", `Policy "${policy.id}" has no check "${id}"`, {
      hint: meant === undefined ? `name one of its ${ids.length} checks` : `did you mean ${meant}?`,
    });
  }
  return { policy, problems };
}
