/**
 * Where it is kept how the agents stand.
 *
 * @module
 */

import type { SavedState } from "../keep_alive/agent_states.ts";
import type { Finding } from "../keep_alive/announcement.ts";

/** What is written down together. */
export interface StateChanges {
  states: readonly SavedState[];
  /** What is to be announced of them. @default nothing */
  findings?: readonly Finding[];
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
