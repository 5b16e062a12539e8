/**
 * Checks the machine at its times, and has the documents compared with what came of it.
 *
 * @module
 */

import type { ModuleProblem, Progress } from "../../../shared/protocol/part_status.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Collector, CollectorReport } from "../collector.ts";
import type { ModuleContext } from "../module.ts";
import { Problems, type Trouble } from "../problems.ts";
import { Pulse } from "../pulse.ts";
import type { ScanTimes } from "../scan_times.ts";
import type { StateKeeper } from "../states.ts";
import { COLLECTOR } from "./collector_name.ts";
import { commitResults, resultsOf, tellNumbers } from "./commit_results.ts";
import type { ScaOptions } from "./options.ts";
import { GatheredResults, type PolicyResults, type ReadBefore } from "./policy_results.ts";
import { findPolicies, type PolicySource } from "./policy_sources.ts";
import type { PolicyMessage, ScanJob } from "./scan/scan_job.ts";
import { type Summary, summaryOf } from "./summary.ts";

/** What an {@linkcode Sca} is made with. */
interface ScaParts {
  options: ScaOptions;
  times: ScanTimes;
  context: Pick<ModuleContext, "clock" | "log" | "sink" | "places"> & { states: StateKeeper };
  /** Folders whose files are never read for the server. */
  ownFolders: readonly string[];
  /** @throws {ModuleUnavailable} when nothing can be looked at here */
  requireUsable: () => Promise<void>;
  /** Looks at policies, in children. */
  scan: (job: ScanJob, signal: AbortSignal) => AsyncIterable<PolicyMessage>;
}

/** A scan that was not complete is tried again after this, or after the interval if that is shorter. */
const RETRY_MS = 600_000;
const NOTHING: Summary = { passed: 0, failed: 0, not_applicable: 0, not_run: 0, score: null };

/** The module at work. */
export class Sca implements Collector {
  readonly #parts: ScaParts;
  readonly #pulse = new Pulse();
  readonly #problems: Problems;
  /** Policies that were read, by the digest of their text. */
  #read: ReadonlyMap<string, ReadBefore> = new Map();
  #scanning: Promise<unknown> = Promise.resolve();
  #policies = 0;
  #mistakes = 0;
  #scans = 0;
  #summary = NOTHING;

  constructor(parts: ScaParts) {
    this.#parts = parts;
    this.#problems = new Problems(() => parts.context.clock.now());
  }

  async run(signal: AbortSignal): Promise<void> {
    const { times, requireUsable, context: { clock, states } } = this.#parts;
    await requireUsable();
    while (!signal.aborted) {
      states.plan(COLLECTOR, times.nextAtMs);
      const wait = clock.sleep(times.waitMs, signal).catch(() => {});
      await this.#pulse.during("the next scan", wait);
      if (signal.aborted) return;
      await this.#pulse.during("the end of a scan", this.#scanInTurn(signal)).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  /** @throws {Error} when not everything could be checked */
  async scan(signal: AbortSignal): Promise<void> {
    await this.#parts.requireUsable();
    const reason = await this.#scanInTurn(signal);
    if (reason !== undefined) throw new Error(`Not everything could be checked: ${reason}`);
  }

  takeOver(previous: Collector): void {
    if (!(previous instanceof Sca)) return;
    this.#read = previous.#read;
    const { times } = this.#parts;
    if (scopeOf(previous.#parts.options) === scopeOf(this.#parts.options)) {
      times.follow(previous.#parts.times);
    } // Whoever gives other policies wants to see what comes of them.
    else times.hurry();
  }

  progress(): Progress {
    return this.#pulse.progress();
  }

  report(): CollectorReport {
    const problems: ModuleProblem[] = this.#problems.list();
    const { passed, failed, not_applicable, not_run } = this.#summary;
    return {
      details: {
        policies: this.#policies,
        checks: passed + failed + not_applicable + not_run,
        passed,
        failed,
        not_applicable,
        not_run,
        mistakes: this.#mistakes,
        scans: this.#scans,
      },
      problems,
      ...(problems[0] && { lastError: problems[0].message }),
      nextScanAtMs: this.#parts.times.nextAtMs,
    };
  }

  /** One at a time. Resolves with why not everything could be checked. */
  #scanInTurn(signal: AbortSignal): Promise<string | undefined> {
    const scanned = this.#scanning.then(() => this.#scan(signal));
    this.#scanning = scanned.catch(() => {});
    return scanned;
  }

  async #scan(signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted();
    const { options, times, context } = this.#parts;
    const { places, log, states } = context;
    const found = findPolicies(options, { dataFolder: places?.dataFolder });
    const gathered = new GatheredResults(found.sources, this.#read);
    const failure = await this.#look(found.sources, gathered, signal);
    this.#read = gathered.readBefore();
    const { policies, troubles, unusable } = gathered.results(options.disabled);
    const left = [...found.unread, ...unusable];
    await commitResults(policies, context, { failure, left, signal });
    if (failure === undefined) await tellNumbers(policies, context, signal);
    this.#note(policies, [
      ...found.troubles,
      ...(failure === undefined ? troubles : [failed(failure)]),
    ]);
    times.done();
    const reason = failure ?? (left.length > 0 ? `${left.join(", ")} cannot be used` : undefined);
    if (reason !== undefined) {
      times.hurryIn(RETRY_MS);
      log.warn("Not everything could be checked: {reason}", { reason });
    }
    states.plan(COLLECTOR, times.nextAtMs);
    return reason;
  }

  /** Why it came to no end. */
  async #look(
    sources: readonly PolicySource[],
    gathered: GatheredResults,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (sources.length === 0) return undefined;
    try {
      for await (const message of this.#parts.scan(this.#jobOf(sources), signal)) {
        this.#pulse.beat();
        gathered.add(message);
      }
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return messageOf(error);
    }
  }

  #jobOf(sources: readonly PolicySource[]): ScanJob {
    const { options, ownFolders } = this.#parts;
    return {
      policies: sources.map(({ key, file, text, digest, isRemote, whyNoCommands }) => {
        const policy = this.#read.get(digest)?.policy;
        const source = policy === undefined ? { text } : { policy };
        return { key, file, source, isRemote, whyNoCommands, skip: [] };
      }),
      commandTimeoutMs: options.command_timeout,
      maxOutputBytes: options.max_output,
      ownFolders,
      remoteFiles: options.remote_files,
      withTraces: false,
    };
  }

  #note(policies: readonly PolicyResults[], troubles: readonly Trouble[]): void {
    this.#scans++;
    this.#policies = policies.length;
    this.#mistakes = policies.reduce((sum, { mistakes }) => sum + mistakes, 0);
    this.#summary = summaryOf(policies.flatMap(resultsOf));
    this.#problems.set("scan", troubles);
  }
}

/** All options but those that only say when. */
function scopeOf(
  { interval: _i, scan_on_start: _s, scan_spread: _p, ...scope }: ScaOptions,
): string {
  return JSON.stringify(scope);
}

function failed(reason: string): Trouble {
  return {
    code: "unreadable",
    subject: "scan",
    message: `the last scan was not complete: ${reason}`,
    hint: "have it tried again: agent modules scan sca",
  };
}
