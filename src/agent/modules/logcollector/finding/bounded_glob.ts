/**
 * Expands globs within a bound on how much of the file system is looked at: `/**` on a large disk would keep the agent from
 * everything else for minutes, every time.
 *
 * @module
 */

import { type Dirent, globSync } from "node:fs";
import { join, matchesGlob } from "node:path";

/** Bounds of one look at the file system. */
export interface ScanLimits {
  /** Names in folders. @default 100000 */
  entries: number;
  /** Milliseconds. @default 2000 */
  timeMs: number;
}

/** What one look at the file system may still cost. */
export class ScanBudget {
  readonly #limits: ScanLimits;
  readonly #monotonic: () => number;
  readonly #startedMs: number;
  #entries = 0;
  #isSpent = false;

  constructor(
    { entries = 100_000, timeMs = 2_000 }: Partial<ScanLimits> = {},
    monotonic = () => performance.now(),
  ) {
    this.#limits = { entries, timeMs };
    this.#monotonic = monotonic;
    this.#startedMs = monotonic();
  }

  /** Counts one name. False when there is nothing left to spend. */
  spend(): boolean {
    const { entries, timeMs } = this.#limits;
    this.#isSpent ||= ++this.#entries > entries || this.#monotonic() - this.#startedMs > timeMs;
    return !this.#isSpent;
  }

  /** Whether nothing is left. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** What was not looked at, for people. */
  get problem(): string {
    const { entries, timeMs } = this.#limits;
    const bound = this.#entries > entries ? `${entries} names` : `${timeMs} ms`;
    return `only part of what it matches is followed: a look at the file system ends after ${bound}`;
  }
}

/** Ends a walk from within. */
class BudgetSpent extends Error {}

/** The paths that match `pattern`, as far as the budget goes. */
export function boundedGlob(pattern: string, budget: ScanBudget): string[] {
  if (budget.isSpent) return [];
  const seen = new Set<string>();
  try {
    const found = globSync(pattern, {
      // Without types the callback gets names of which nobody knows where they are.
      withFileTypes: true,
      exclude(entry) {
        if (!budget.spend()) throw new BudgetSpent();
        seen.add(pathOf(entry));
        return false;
      },
    });
    return found.map(pathOf);
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return [...seen].filter((path) => matchesGlob(path, pattern));
  }
}

function pathOf({ parentPath, name }: Pick<Dirent, "parentPath" | "name">): string {
  return join(parentPath, name);
}
