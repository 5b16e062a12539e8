/**
 * What an upgrade is built with.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { Installation } from "./installation.ts";
import type { PreflightOptions } from "./preflight.ts";
import type { ReleaseKeys } from "./release_keys.ts";
import type { TrialPlan } from "./trial_plan.ts";
import type { Baseline } from "./trial_verdict.ts";
import type { UpgradeRecord } from "./upgrade_record.ts";

/** The options in force, see `config/upgrade_section.ts`. */
export interface UpgradeOptions {
  enabled: boolean;
  trusted_keys?: string | undefined;
  threshold: number;
  source: "server" | "file";
  trial: number;
  keep: number;
  max_size: number;
  rate: number;
  spread: number;
  window: string;
}

/** What an {@linkcode Upgrader} is built with. */
export interface UpgraderDeps {
  installation: Installation | undefined;
  record: UpgradeRecord;
  keys: ReleaseKeys;
  /** Of this agent. */
  version: string;
  /** The database that this agent writes, see `database` in a manifest. */
  database: number;
  options: () => UpgradeOptions;
  /** The server's clock less this machine's, in milliseconds, as far as it is known. */
  clockOffsetMs: () => number;
  preflight: Pick<PreflightOptions, "env" | "runArgs">;
  retryWaits: () => { next(afterMs?: number): number; reset(): void };
  /** Whether this process may start programs still. */
  mayRun: () => Promise<boolean>;
  /** How the agent stands now. */
  baseline: () => Baseline;
  /** Has the agent make room. */
  requestTrial: (plan: TrialPlan) => void;
  clock: Clock;
  /** A number in [0, 1). @default Math.random */
  random?: () => number;
}
