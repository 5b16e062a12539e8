/**
 * One rollout: a version, the agents that are to have it, and the waves in which they get it.
 *
 * `running` → `done`, with `paused` (somebody said so) and `stopped` (too many failed, or the release ended) on the way, from both
 * of which it can go on; `cancelled` and `done` are ends. A wave waits, runs, and settles when the last of its orders has ended.
 *
 * @module
 */

import type { RequestTally } from "../commands/request_outcomes.ts";

/** Where a rollout stands. */
export type RolloutState = "running" | "paused" | "stopped" | "cancelled" | "done";

/** Whom a rollout is for. */
interface RolloutTarget {
  groups?: string[] | undefined;
  /** How many agents were named one by one. */
  agents?: number | undefined;
}

/** A rollout. Times are milliseconds since 1970. */
export interface Rollout {
  id: number;
  version: string;
  /** Of the manifest. */
  release: number;
  /** The manifest's text. */
  manifest: string;
  target: RolloutTarget;
  /** As they were asked for, such as `[1, "10%", "100%"]`. */
  waves: (number | string)[];
  /** It stops when more than this share failed: 0 to 1. */
  stopShare: number;
  /** Whether agents on which the release failed before try it again. */
  retry: boolean;
  /** For how long an order may take, in seconds. */
  timeoutS: number;
  /** How many agents there were when it began. */
  agents: number;
  user: string;
  state: RolloutState;
  /** Why it is stopped, paused or cancelled. */
  reason: string | null;
  forgiven: number;
  createdMs: number;
  changedMs: number;
  finishedMs: number | null;
}

/** What came of a wave. */
export type WaveOutcome = RequestTally;

/** A wave. */
export interface Wave {
  /** 1 for the first. */
  number: number;
  agents: number;
  begunMs: number | null;
  requestId: number | null;
  settledMs: number | null;
  /** Once it has settled. */
  outcome: WaveOutcome | null;
}

/** Whether it has come to its end. */
export function isFinished(state: RolloutState): boolean {
  return state === "done" || state === "cancelled";
}
