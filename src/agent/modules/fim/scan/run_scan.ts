/**
 * Runs a scan in pieces: in a child of the agent, or in the agent where that may start no programs.
 *
 * @module
 */

import process from "node:process";
import type { Clock } from "../../../../shared/clock.ts";
import { PathRules } from "../rules/path_rules.ts";
import type { FileTree } from "../tree/file_tree.ts";
import type { Mounts } from "../tree/mounts.ts";
import { Comparison, type Difference } from "./comparison.ts";
import { CpuShare } from "./cpu_share.ts";
import { Examiner } from "./examine.ts";
import type { ScanJob, ScanMessage } from "./scan_job.ts";
import { Scope } from "./scope.ts";
import { type ReadPage, StoredRows } from "./stored_rows.ts";
import { walk } from "./walker.ts";

/** What a scan works on. */
interface ScanDeps {
  tree: FileTree;
  mounts: Mounts;
  /** What is stored of files, and how many there are. */
  readPage: ReadPage;
  stored: number;
  clock: Clock;
  signal: AbortSignal;
  /** Frees what is not in use any more. @default that is left to the engine */
  collect?: () => void;
  /** The most memory that the process held at once. @default not known */
  peakBytes?: () => number | undefined;
}

/** So long it works before others have their turn, in milliseconds. */
const SLICE_MS = 50;
/** The clock is looked at after so many steps, each of which reads 1 MiB at most. */
const STEPS_BETWEEN_LOOKS = 8;
/** Differences told together at most. */
const BATCH = 1_000;
/** After so many slices garbage is collected: the engine would let it grow to twice what is needed. */
const COLLECT_SLICES = 10;
/** A sign of life comes at least so often, in milliseconds. */
const PROGRESS_MS = 1_000;

/**
 * Scans.
 *
 * @throws the signal's reason when aborted
 */
export async function* runScan(job: ScanJob, deps: ScanDeps): AsyncGenerator<ScanMessage> {
  const { clock, signal } = deps;
  const { examiner, comparison } = compose(job, deps);
  const startedMs = cpuMs();
  const share = new CpuShare(job.maxCpu, { cpuMs, monotonic: () => clock.monotonic() });
  const pieces = new Pieces(clock);
  let slices = 0;
  for (const difference of comparison.differences()) {
    if (difference !== undefined) pieces.add(difference);
    if (!pieces.isSliceOver()) continue;
    yield* pieces.take(comparison.counts.items);
    await rest(share.restMs(), signal);
    signal.throwIfAborted();
    if (++slices % COLLECT_SLICES === 0) deps.collect?.();
    pieces.beginSlice();
  }
  yield* pieces.take(comparison.counts.items);
  const { items, overLimit, unseen, firstUnseen = null } = comparison.counts;
  const cost = { cpuMs: Math.round(cpuMs() - startedMs), peakBytes: deps.peakBytes?.() ?? null };
  const { counts } = examiner;
  yield { kind: "end", items, counts, overLimit, unseen, firstUnseen, ...cost };
}

function compose(job: ScanJob, { tree, mounts, readPage, stored, clock }: ScanDeps) {
  const examiner = new Examiner(job, { now: () => clock.now() });
  const scope = new Scope(job.scope);
  const comparison = new Comparison({
    steps: walk({ tree, rules: new PathRules(job.rules), mounts, scope }),
    rows: new StoredRows(readPage, scope.ranges()),
    examiner,
    room: job.maxFiles - stored,
  });
  return { examiner, comparison };
}

/** What was found and not told yet, and whether it is time for others. */
class Pieces {
  readonly #clock: Clock;
  #found: Difference[] = [];
  #steps = 0;
  #sliceStartMs: number;
  #toldMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sliceStartMs = this.#toldMs = clock.monotonic();
  }

  add(difference: Difference): void {
    this.#found.push(difference);
  }

  isSliceOver(): boolean {
    if (this.#found.length >= BATCH) return true;
    if (++this.#steps % STEPS_BETWEEN_LOOKS !== 0) return false;
    return this.#clock.monotonic() - this.#sliceStartMs >= SLICE_MS;
  }

  beginSlice(): void {
    this.#sliceStartMs = this.#clock.monotonic();
  }

  /** What there is to tell: what was found, or that it goes on. */
  *take(items: number): Generator<ScanMessage> {
    const nowMs = this.#clock.monotonic();
    if (this.#found.length === 0 && nowMs - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = nowMs;
    const differences = this.#found;
    this.#found = [];
    yield { kind: "found", differences, items };
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  // Also without a rest others have their turn.
  const rested = Promise.withResolvers<void>();
  const timer = setTimeout(rested.resolve, ms);
  const wake = () => {
    clearTimeout(timer);
    rested.resolve();
  };
  signal.addEventListener("abort", wake, { once: true });
  await rested.promise;
  signal.removeEventListener("abort", wake);
}

/** Processor time of this process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
