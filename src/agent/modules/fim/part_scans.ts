/**
 * Scans parts of what is watched: what is too much work beside everything else, and what was missed.
 *
 * @module
 */

import { Wakeup } from "../../../shared/wakeup.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { Gaps } from "./realtime/gaps.ts";
import type { Problems } from "../problems.ts";
import type { ScanResult } from "./scan/scanner.ts";

interface PartScanDeps {
  clock: Clock;
  gaps: Gaps;
  problems: Problems;
  /** Scans some paths with what is below them. */
  scan: (paths: readonly string[], signal: AbortSignal) => Promise<ScanResult>;
}

/** A part that could not be scanned is tried again after so long, in milliseconds. */
const RETRY_MS = 30_000;

/** One part after the other. */
export class PartScans {
  readonly #deps: PartScanDeps;
  readonly #wakeup: Wakeup;
  #wanted = new Set<string>();
  #count = 0;

  constructor(deps: PartScanDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** Has paths scanned, with what is below them. */
  want(paths: readonly string[]): void {
    for (const path of paths) this.#wanted.add(path);
    this.wake();
  }

  /** There may be something to do, such as a gap. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nextInMs = this.#wanted.size > 0 ? 0 : this.#deps.gaps.nextInMs();
      if (nextInMs === 0) await this.#scan(signal);
      else await this.#wakeup.wait(nextInMs, signal);
    }
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const { gaps, problems, scan, clock } = this.#deps;
    const missed = gaps.nextInMs() === 0 ? gaps.take() : [];
    const paths = [...new Set([...this.#wanted, ...missed.flatMap((gap) => gap.paths)])];
    this.#wanted = new Set();
    this.#count++;
    const { reason } = await scan(paths, signal);
    problems.set("part", reason === undefined ? [] : [trouble(reason)]);
    if (reason === undefined) return;
    gaps.giveBack(missed);
    for (const path of paths) this.#wanted.add(path);
    await clock.sleep(RETRY_MS, signal).catch(() => {});
  }
}

function trouble(reason: string) {
  return {
    code: "unreadable",
    subject: "changes",
    message: `what changed could not be looked at: ${reason}`,
    hint: "it is tried again by itself; the log may say more: agent logs",
  } as const;
}
