/**
 * Looks at policies, one after the other, several checks of one at a time: while one waits for its command another is looked at.
 *
 * @module
 */

import { type CheckOutcome, evaluateCheck } from "../evaluate/evaluate_check.ts";
import { evaluateRule } from "../evaluate/evaluate_rule.ts";
import type { Machine } from "../evaluate/machine.ts";
import type { Policy, Ruling } from "../language/policy.ts";
import { readPolicy } from "../language/read_policy.ts";
import { shownOutcome } from "./reasons.ts";
import type { JobPolicy, ScanJob, ScanMessage } from "./scan_job.ts";

/** What a scan works with. */
interface ScanDeps {
  /** The machine as a policy may see it. */
  machineFor: (policy: JobPolicy) => Machine;
  /** Takes a message at once: the next step may never end. */
  say: (message: ScanMessage) => void;
  signal: AbortSignal;
}

type PolicyDeps = ScanDeps & Required<Pick<ScanJob, "withTraces" | "isSerial">>;

const CHECKS_AT_A_TIME = 4;
const MET: CheckOutcome = { result: "Passed", reason: null, traces: [] };

/** Runs a job to its end. @throws the signal's reason when aborted */
export async function runScan(job: ScanJob, deps: ScanDeps): Promise<void> {
  const { policies, withTraces, isSerial = false } = job;
  for (const policy of policies) {
    deps.signal.throwIfAborted();
    await new PolicyScan(policy, { ...deps, withTraces, isSerial }).run();
  }
}

class PolicyScan {
  readonly #job: JobPolicy;
  readonly #deps: PolicyDeps;
  readonly #machine: Machine;

  constructor(job: JobPolicy, deps: PolicyDeps) {
    this.#job = job;
    this.#deps = deps;
    this.#machine = deps.machineFor(job);
  }

  async run(): Promise<void> {
    const policy = this.#read();
    if (policy === undefined || !await this.#meetsRequirements(policy)) return;
    const { skip, only } = this.#job;
    const checks = policy.checks
      .filter(({ id }) => !skip.includes(id) && (only === undefined || only === id)).values();
    const length = this.#deps.isSerial ? 1 : CHECKS_AT_A_TIME;
    const workers = Array.from({ length }, () => this.#work(checks));
    await Promise.all(workers);
  }

  #read(): Policy | undefined {
    const { key, file, source } = this.#job;
    if ("policy" in source) return source.policy;
    this.#deps.say({ kind: "at", key, what: "text" });
    const read = readPolicy(source.text, { file });
    this.#deps.say({ kind: "read", key, read });
    return read.policy;
  }

  async #meetsRequirements({ requirements }: Policy): Promise<boolean> {
    const { key, requirementsMet = false } = this.#job;
    if (requirementsMet) return true;
    const outcome = requirements === undefined ? MET : await this.#outcomeOf(requirements);
    this.#deps.say({ kind: "requirements", key, outcome });
    return outcome.result === "Passed";
  }

  /** Takes checks as long as there are some: others take them too. */
  async #work(checks: Iterator<Policy["checks"][number]>): Promise<void> {
    for (let next = checks.next(); !next.done; next = checks.next()) {
      this.#deps.signal.throwIfAborted();
      const { id } = next.value;
      const outcome = await this.#outcomeOf(next.value, id);
      this.#deps.say({ kind: "result", key: this.#job.key, check: id, outcome });
    }
  }

  async #outcomeOf(ruling: Ruling, check?: string): Promise<CheckOutcome> {
    const at = this.#placeOf(check);
    this.#deps.say(at);
    const outcome = await evaluateCheck(
      ruling,
      (rule) => evaluateRule(rule, this.#machine, () => this.#deps.say(at)),
    );
    const shown = shownOutcome(outcome, this.#job);
    return this.#deps.withTraces ? shown : { ...shown, traces: [] };
  }

  #placeOf(check: string | undefined): ScanMessage {
    const { key } = this.#job;
    return check === undefined
      ? { kind: "at", key, what: "requirements" }
      : { kind: "at", key, what: "check", check };
  }
}
