/**
 * What a scan is told, and what it says.
 *
 * @module
 */

import type { RuleOptions } from "../rules/path_rules.ts";
import type { Difference } from "./comparison.ts";
import type { ScopePaths } from "./scope.ts";
import type { ExamineCounts, ExamineOptions } from "./examine.ts";

/** One scan, as text for a child. */
export interface ScanJob extends ExamineOptions {
  rules: RuleOptions;
  /** What is looked at. @default everything that is watched */
  scope?: ScopePaths;
  /** So many things are known at most. */
  maxFiles: number;
  /** Part of one processor that it takes at most, in percent. */
  maxCpu: number;
}

/** How a scan ended. */
export interface ScanEnd {
  kind: "end";
  items: number;
  counts: ExamineCounts;
  /** New things beyond the limit, by watched folder. */
  overLimit: Record<string, number>;
  /** Folders that could not be looked into, and the first of them. */
  unseen: number;
  firstUnseen: string | null;
  /** Processor time that it took, and the most memory that it held at once. */
  cpuMs: number;
  peakBytes: number | null;
}

/** What a scan says while it goes on. */
export type ScanMessage =
  /** Without differences: a sign of life. `items` were met so far. */
  | { kind: "found"; differences: readonly Difference[]; items: number }
  | ScanEnd;

/** As much of a job as the options say. */
export function jobOf(
  { max_files, max_file_size, max_cpu, rehash_interval }: {
    max_files: number;
    max_file_size: number;
    max_cpu: number;
    rehash_interval: number;
  },
  { schema }: Pick<ExamineOptions, "schema">,
): Omit<ScanJob, "rules"> {
  return {
    schema,
    maxFiles: max_files,
    maxFileSize: max_file_size,
    maxCpu: max_cpu,
    rehashIntervalMs: rehash_interval,
  };
}
