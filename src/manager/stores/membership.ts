/**
 * Which managers there are, and which of them does what only one has to.
 *
 * @module
 */

/** What one of the managers does for all: give up orders that are over, take over agents of one that died, move rollouts on, make room. */
export const DUTIES = ["deadlines", "takeover", "rollouts", "trim"] as const;

/** One of it. */
export type Duty = (typeof DUTIES)[number];

/** A manager that lives. */
export interface Member {
  node: string;
  version: string;
  /** Milliseconds since 1970. */
  startedAtMs: number;
}

/** Knows the managers. */
export interface Membership {
  /** Name of this manager. */
  readonly node: string;
  /** All that live, this one among them. */
  live(): Member[];
  /** Whether this manager has the duty now. Two may think so for a moment: what they do must bear it. */
  holds(duty: Duty): boolean;
}
