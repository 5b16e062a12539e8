/**
 * Has files scanned, and makes what the scan finds durable as it comes.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { messageOf } from "../../../../shared/errors.ts";
import { Changes, COLLECTOR } from "../commit/changes.ts";
import type { PathRules } from "../rules/path_rules.ts";
import type { StateKeeper } from "../../states.ts";
import type { News } from "../tell/news.ts";
import type { ScanEnd, ScanJob, ScanMessage } from "./scan_job.ts";

/** Runs a job somewhere. */
export type RunJob = (job: ScanJob, signal: AbortSignal) => AsyncIterable<ScanMessage>;

interface ScannerDeps {
  states: StateKeeper;
  clock: Clock;
  run: RunJob;
}

/** What a scan is done under. */
interface ScanView {
  rules: PathRules;
  news: News;
  /** Told at each sign of life how many things were met so far. */
  onProgress?: (items: number) => void;
  signal: AbortSignal;
}

/** How a scan came out. */
export interface ScanResult {
  /** Why not everything could be seen, if so. */
  reason: string | undefined;
  /** What it said at its end; `undefined` when it did not come to that. */
  end: ScanEnd | undefined;
  /** How many more things are known. */
  growth: number;
}

/** Scans everything, or a part. */
export class Scanner {
  readonly #deps: ScannerDeps;

  constructor(deps: ScannerDeps) {
    this.#deps = deps;
  }

  /**
   * Scans everything. What is stored and was not met is deleted at the end, if everything could be seen.
   *
   * @throws the signal's reason when aborted
   */
  async scanAll(job: ScanJob, view: ScanView): Promise<ScanResult> {
    const { states } = this.#deps;
    const changes = new Changes({ ...this.#deps, ...view });
    const scan = await states.beginScan(COLLECTOR, changes.context(view.signal));
    try {
      const { end, reason } = await this.#take(job, view, async (differences) => {
        changes.beginBatch();
        const items = [];
        const missing = [];
        for (const difference of differences) {
          if (difference.kind === "put") items.push(changes.itemOf(difference));
          else missing.push(changes.changeOf(difference).gone ?? "");
        }
        await scan.put(items);
        await scan.missing(missing);
      });
      const overLimit = sum(Object.values(end?.overLimit ?? {}));
      const { creates, deletes } = await scan.finish({
        items: end?.items ?? 0,
        overLimit,
        ...(reason !== undefined && { reason }),
      });
      return { reason, end, growth: creates - deletes };
    } finally {
      scan.end();
    }
  }

  /**
   * Scans a part; what is not met there is deleted at once: its folder was seen without it.
   *
   * @throws the signal's reason when aborted
   */
  async scanPart(job: ScanJob, view: ScanView): Promise<ScanResult> {
    const { states } = this.#deps;
    const changes = new Changes({ ...this.#deps, ...view });
    const { end, reason } = await this.#take(job, view, async (differences) => {
      changes.beginBatch();
      const given = differences.map((difference) => changes.changeOf(difference));
      if (given.length > 0) await states.apply(COLLECTOR, given, changes.context(view.signal));
    });
    return { reason, end, growth: changes.growth };
  }

  /** Takes all that a scan says. What it fails for is the reason why not everything was seen. */
  async #take(
    job: ScanJob,
    { signal, onProgress }: ScanView,
    commit: (found: Extract<ScanMessage, { kind: "found" }>["differences"]) => Promise<void>,
  ): Promise<{ end: ScanEnd | undefined; reason: string | undefined }> {
    const messages = this.#deps.run(job, signal)[Symbol.asyncIterator]();
    let end: ScanEnd | undefined;
    try {
      for (;;) {
        const next = await nextOf(messages);
        if ("failed" in next) {
          signal.throwIfAborted();
          return { end, reason: messageOf(next.failed) };
        }
        if (next.message === undefined) return { end, reason: undefined };
        onProgress?.(next.message.items);
        if (next.message.kind === "end") end = next.message;
        else await commit(next.message.differences);
      }
    } finally {
      await messages.return?.();
    }
  }
}

/** A failure of the scan is a value; what making it durable fails for is thrown. */
async function nextOf(
  messages: AsyncIterator<ScanMessage>,
): Promise<{ message: ScanMessage | undefined } | { failed: unknown }> {
  try {
    const { done, value } = await messages.next();
    return { message: done ? undefined : value };
  } catch (failed) {
    return { failed };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
