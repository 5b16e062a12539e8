/**
 * How far a scan has come, over the children that it takes.
 *
 * @module
 */

import type { CheckOutcome, CheckResult } from "../evaluate/evaluate_check.ts";
import type { Policy } from "../language/policy.ts";

import type { JobPolicy, PolicyMessage, ScanJob, ScanMessage } from "./scan_job.ts";

/** A child that ends by chance is given so many more tries with the same check. */
const CHANCES = 1;
/** So many children may fail in one scan. */
const MOST_FAILURES = 200;

/** Why a child did not come to its end. */
export interface ChildFailure {
  reason: string;
  /** Whether it was a pattern that did not end; anything else may be chance. */
  isPattern: boolean;
}

/** What a child is looking at. */
type At = Extract<ScanMessage, { kind: "at" }>;

/** Where a policy stands. */
interface PolicyProgress {
  job: JobPolicy;
  policy: Policy | undefined;
  requirementsMet: boolean;
  done: Set<string>;
  /** Nothing of it is to be looked at any more. */
  isOver: boolean;
}

/** Knows what was said, and what is still to be looked at. */
export class ScanProgress {
  readonly #job: ScanJob;
  readonly #policies: ReadonlyMap<string, PolicyProgress>;
  readonly #failures = new Map<string, number>();
  #at: At | undefined;
  #failed = 0;
  #isSerial = false;
  #hasEnded = false;

  constructor(job: ScanJob) {
    this.#job = job;
    this.#policies = new Map(job.policies.map((one) => [one.key, {
      job: one,
      policy: "policy" in one.source ? one.source.policy : undefined,
      requirementsMet: one.requirementsMet ?? false,
      done: new Set(one.skip),
      isOver: false,
    }]));
  }

  /** Whether there is nothing left to look at. */
  get isOver(): boolean {
    return this.#hasEnded || [...this.#policies.values()].every(({ isOver }) => isOver);
  }

  /** What is left to look at. */
  job(): ScanJob {
    const left = [...this.#policies.values()].filter(({ isOver }) => !isOver);
    return {
      ...this.#job,
      isSerial: this.#isSerial,
      policies: left.map(({ job, policy, requirementsMet, done }) => ({
        ...job,
        source: policy === undefined ? job.source : { policy },
        requirementsMet,
        skip: [...done],
      })),
    };
  }

  /** Takes what a child says. */
  note(message: ScanMessage): void {
    if (message.kind === "end") this.#hasEnded = true;
    if (message.kind === "at") this.#at = message;
    if (!("key" in message)) return;
    const policy = this.#policies.get(message.key);
    if (policy === undefined) return;
    if (message.kind === "read") {
      policy.policy = message.read.policy;
      policy.isOver = message.read.policy === undefined;
    } else if (message.kind === "requirements") {
      policy.requirementsMet = message.outcome.result === "Passed";
      policy.isOver = !policy.requirementsMet;
    } else if (message.kind === "result") policy.done.add(message.check);
  }

  /**
   * A child did not come to its end: what it was looking at is not run, unless that may have been chance, or another check. Then checks are
   * looked at one by one.
   *
   * @throws {Error} when it was looking at nothing, or that happens again and again
   */
  *endOf({ reason, isPattern }: ChildFailure): Generator<PolicyMessage> {
    const at = this.#at;
    this.#at = undefined;
    if (at === undefined || ++this.#failed > MOST_FAILURES) throw new Error(reason);
    const isKnown = !this.#isDone(at) &&
      (isPattern || this.#isSerial && this.#countFailure(at) > CHANCES);
    if (!isPattern) this.#isSerial = true;
    if (!isKnown) return;
    const message = notRun(at, reason);
    this.note(message);
    yield message;
  }

  #isDone({ key, what, check = "" }: At): boolean {
    return what === "check" && (this.#policies.get(key)?.done.has(check) ?? false);
  }

  #countFailure({ key, what, check }: At): number {
    const name = JSON.stringify([key, what, check]);
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    return failures;
  }

  /** Says of everything that is left that it was not run. */
  *giveUp(reason: string): Generator<PolicyMessage> {
    for (
      const { job: { key, only }, policy, requirementsMet, done, isOver } of this.#policies.values()
    ) {
      if (isOver) continue;
      if (policy === undefined) yield notRun({ key, what: "text" }, reason);
      else if (!requirementsMet) yield notRun({ key, what: "requirements" }, reason);
      else {
        for (const { id } of policy.checks) {
          if (done.has(id) || only !== undefined && id !== only) continue;
          yield notRun({ key, what: "check", check: id }, reason);
        }
      }
    }
  }
}

/** What a scan would have said of what it did not come to. */
function notRun(
  { key, what, check = "" }: Pick<At, "key" | "what" | "check">,
  reason: string,
): PolicyMessage {
  const outcome: CheckOutcome = { result: "Not run" satisfies CheckResult, reason, traces: [] };
  if (what === "check") return { kind: "result", key, check, outcome };
  if (what === "requirements") return { kind: "requirements", key, outcome };
  const problem = { severity: "error", line: 1, column: 1, text: reason } as const;
  return { kind: "read", key, read: { problems: [problem] } };
}
