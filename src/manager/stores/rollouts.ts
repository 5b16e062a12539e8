/**
 * Where rollouts are kept. What is looked at is looked at without waiting; what changes one says from where, and nothing is changed
 * when it stands elsewhere by then: two that move a rollout on at once do what one does.
 *
 * @module
 */

import type { Rollout, RolloutState, Wave, WaveOutcome } from "../rollouts/rollout.ts";
import type { Candidate } from "../rollouts/wave_plan.ts";

/** A rollout that is to be written down. */
export type NewRollout = Omit<
  Rollout,
  "id" | "state" | "reason" | "forgiven" | "changedMs" | "finishedMs"
>;

/** A rollout with its agents, wave by wave. */
export interface RolloutPlan {
  rollout: NewRollout;
  turns: readonly (readonly string[])[];
}

/** Where a rollout goes. */
export interface StateChange {
  /** Nothing is changed unless it stands there. */
  from: RolloutState;
  state: RolloutState;
  /** @default null */
  reason?: string | null;
  /** @default as it was */
  forgiven?: number;
  nowMs: number;
  /** With its end its agents are free for others. @default false */
  finished?: boolean;
}

/** What came of a wave. */
export interface Settlement {
  outcome: WaveOutcome;
  /** Agents whose orders were withdrawn: they get their turn with the next wave. */
  withdrawn: readonly string[];
  nowMs: number;
}

/** Looks at rollouts. */
interface RolloutReader {
  /** The agents of these groups, each once. */
  agentsIn(groups: readonly string[]): Candidate[];
  /** Those of these agents that there are. */
  agentsOf(ids: readonly string[]): Candidate[];
  /** An agent of these that is part of a rollout that has not ended. */
  busyAgent(ids: readonly string[]): { agentId: string; rolloutId: number } | undefined;
  /** One rollout. */
  find(id: number): Rollout | undefined;
  /** All that are kept, the newest first. */
  list(): Rollout[];
  /** Those that have not ended, or still have orders out. */
  unsettled(): Rollout[];
  /** The waves of a rollout, the first first. */
  waves(id: number): Wave[];
  /** The agents of a wave. */
  agentsInWave(id: number, wave: number): string[];
}

/** Keeps rollouts. */
export interface RolloutStore extends RolloutReader {
  /** Whether this manager moves them on. */
  moves(): boolean;
  /** Has `listener` told when one has changed elsewhere. */
  whenChanged(listener: () => void): void;
  /**
   * Writes a rollout down with its waves, and forgets the oldest of those that have ended. Returns its id.
   *
   * @param plan makes it by what there is now; called again when another one was made in between, and what it throws is thrown
   */
  add(plan: () => RolloutPlan): Promise<number>;
  /** Moves a rollout on. Returns whether it stood where it was to. */
  setState(id: number, change: StateChange): Promise<boolean>;
  /** Before the orders of a wave are made. Returns false when it has begun, or its rollout does not run. */
  beginWave(id: number, wave: number, nowMs: number): Promise<boolean>;
  /** Once they are made. */
  setRequest(id: number, wave: number, requestId: number): Promise<void>;
  /** Writes down what came of a wave. Returns false when that was done. */
  settleWave(id: number, wave: number, settlement: Settlement): Promise<boolean>;
}
