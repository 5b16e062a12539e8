/**
 * Where it is kept how the agents stand.
 *
 * @module
 */

import type { SavedState } from "../keep_alive/agent_states.ts";
import type { CloneSignal } from "../keep_alive/clone_signals.ts";
import type { Finding } from "../keep_alive/announcement.ts";

/** What is written down together. */
export interface StateChanges {
  states: readonly SavedState[];
  /** What is to be announced of them. @default nothing */
  findings?: readonly Finding[];
}

/** What an agent is claimed by. */
export interface ClaimSign {
  /** Where it asks from; `undefined` when that is not known. */
  address: string | undefined;
  /** Whether it polls. */
  polls: boolean;
}

/**
 * Which agents this manager judges: an agent is watched by one manager, the one that it polls. With one manager, all of them.
 */
export interface Holding {
  /** Whether this manager watches the agent, or nobody does yet. */
  isHeld(agentId: string): boolean;
  /** Takes an agent over that another manager watches. Resolves to false when that cannot be done now. */
  claim(agentId: string, sign?: ClaimSign): Promise<boolean>;
  /** Has the manager that watches an agent told that it lives. */
  tell(agentId: string): void;
  /** Has all managers told that an agent has lost its poll here to one at the manager that watches it now. */
  tellReplaced(agentId: string): void;
  /** Has the other managers told that several machines use an identity. */
  tellCloned(agentId: string, signals: readonly CloneSignal[]): void;
  /** Whether silence counts: not while this manager cannot know of the others. */
  canJudge(): boolean;
}

/** Keeps the states. */
export interface States {
  /**
   * Writes states down, and has findings announced: both or neither.
   *
   * @throws when they can't be written down; then it is to be tried again
   */
  save(changes: StateChanges): Promise<void>;
}
