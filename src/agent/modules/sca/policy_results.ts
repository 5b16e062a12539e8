/**
 * What a scan said, put together: for each policy its checks with their outcomes.
 *
 * @module
 */

import { basename } from "node:path";
import type { Trouble } from "../problems.ts";
import type { CheckOutcome } from "./evaluate/evaluate_check.ts";
import type { Policy, PolicyProblem } from "./language/policy.ts";
import { isInvalid } from "./language/lint.ts";
import { generalOutcome } from "./general_outcome.ts";
import type { CheckFacts } from "./documents.ts";
import type { PolicySource } from "./policy_sources.ts";
import type { PolicyMessage } from "./scan/scan_job.ts";

/** A policy with what came of it. */
export interface PolicyResults {
  policy: Policy;
  file: string;
  facts: readonly CheckFacts[];
  /** How many of its parts are invalid; a check with an invalid rule is not applicable. */
  mistakes: number;
}

/** All that a scan brought. */
interface ScanResults {
  policies: readonly PolicyResults[];
  troubles: readonly Trouble[];
  /** Files of policies that cannot be used now. */
  unusable: readonly string[];
}

/** One policy while it is looked at. */
interface Gathered {
  policy: Policy | undefined;
  problems: readonly PolicyProblem[];
  requirements: CheckOutcome | undefined;
  outcomes: Map<string, CheckOutcome>;
}

/** Gathers the messages of a scan. */
export class GatheredResults {
  readonly #sources: readonly PolicySource[];
  readonly #gathered: ReadonlyMap<string, Gathered>;

  /** @param known policies that were read before, by their digest */
  constructor(sources: readonly PolicySource[], known: ReadonlyMap<string, ReadBefore>) {
    this.#sources = sources;
    this.#gathered = new Map(sources.map(({ key, digest }) => [key, {
      policy: known.get(digest)?.policy,
      problems: known.get(digest)?.problems ?? [],
      requirements: undefined,
      outcomes: new Map(),
    }]));
  }

  /** Takes a message. */
  add(message: PolicyMessage): void {
    const gathered = this.#gathered.get(message.key);
    if (gathered === undefined) return;
    if (message.kind === "read") {
      gathered.policy = message.read.policy;
      gathered.problems = message.read.problems;
    } else if (message.kind === "requirements") gathered.requirements = message.outcome;
    else gathered.outcomes.set(message.check, message.outcome);
  }

  /** What was read, by digest, so that it need not be read again. */
  readBefore(): Map<string, ReadBefore> {
    const read = new Map<string, ReadBefore>();
    for (const { key, digest } of this.#sources) {
      const { policy, problems = [] } = this.#gathered.get(key) ?? {};
      if (policy !== undefined) read.set(digest, { policy, problems });
    }
    return read;
  }

  /** Everything, without policies that are turned off, do not belong here, or have the id of another. */
  results(disabled: readonly string[]): ScanResults {
    const policies = new Map<string, PolicyResults>();
    const troubles: Trouble[] = [];
    const unusable: string[] = [];
    for (const source of this.#sources) {
      const gathered = this.#gathered.get(source.key);
      const policy = gathered?.policy;
      if (gathered === undefined || policy === undefined) {
        unusable.push(source.file);
        troubles.push(whyUnusable(source, gathered?.problems ?? []));
        continue;
      }
      if (disabled.includes(policy.id) || !belongsHere(source, gathered)) continue;
      const other = policies.get(policy.id);
      if (other !== undefined) {
        troubles.push(sameId(source, other));
        continue;
      }
      troubles.push(...withoutCommands(source));
      const facts = factsOf(policy, source, gathered);
      const mistakes = gathered.problems.filter((one) => isInvalid([one])).length;
      policies.set(policy.id, { policy, file: source.file, facts, mistakes });
    }
    return { policies: [...policies.values()], troubles, unusable };
  }
}

/** A policy that was read, with what is wrong with it. */
export interface ReadBefore {
  policy: Policy;
  problems: readonly PolicyProblem[];
}

/** What was found in a folder counts where its requirements say so; what did not end may say so. */
function belongsHere({ isFound }: PolicySource, { requirements }: Gathered): boolean {
  const result = requirements?.result;
  return !isFound || result === undefined || result === "Passed" || result === "Not run";
}

function factsOf(
  policy: Policy,
  { file }: PolicySource,
  { requirements, outcomes }: Gathered,
): CheckFacts[] {
  const title = policy.requirements?.title ?? "";
  const general = requirements && generalOutcome(requirements, title);
  return policy.checks.flatMap((check) => {
    const outcome = general ?? outcomes.get(check.id);
    return outcome === undefined ? [] : [{ policy, file, check, outcome }];
  });
}

function whyUnusable(
  { key, file, isRemote }: PolicySource,
  problems: readonly PolicyProblem[],
): Trouble {
  const [first] = problems.filter((one) => isInvalid([one]));
  // A group gives several, which are told apart by their place.
  const where = first === undefined ? key : `${key}:${first.line}:${first.column}`;
  const mend = isRemote ? "mend it in the group's file" : `mend it (agent sca lint ${file})`;
  return {
    code: "invalid_policy",
    subject: file,
    message: `${where}: ${first?.text ?? "it is no policy"}`,
    hint: `${mend}; until then its results stay`,
  };
}

function sameId({ file }: PolicySource, other: PolicyResults): Trouble {
  return {
    code: "invalid_policy",
    subject: file,
    message: `${file} has the id of ${basename(other.file)}, ${other.policy.id}, and is left out`,
    hint: "give it an id of its own, or take one of them away",
  };
}

function withoutCommands({ file, isRemote, whyNoCommands }: PolicySource): Trouble[] {
  if (isRemote || whyNoCommands === undefined) return [];
  return [{
    code: "invalid_policy",
    subject: file,
    message: `commands of ${file} are not run: ${whyNoCommands}`,
    hint: "let only root and the agent's user write to it and to the folders above it",
  }];
}
