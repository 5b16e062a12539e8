/**
 * Which managers there are, and which of them does what only one has to.
 *
 * @module
 */

/** What one of the managers does for all: give up orders that are over, take over agents of one that died, move rollouts on, make room, announce, give events to an index. */
export const DUTIES = ["deadlines", "takeover", "rollouts", "trim", "announce", "output"] as const;

/** One of it. */
export type Duty = (typeof DUTIES)[number];

/** A manager that lives. */
export interface Member {
  node: string;
  version: string;
  /** Milliseconds since 1970. */
  startedAtMs: number;
}

/** What a manager has to do. */
export interface MemberLoad {
  openPolls: number;
  /** What 99 of 100 messages of the last minute took at most until the cluster had them; `null` when there was none. */
  publishP99Ms: number | null;
}

/** A manager that lives, as others see it. */
export interface MemberState extends Member {
  duties: readonly Duty[];
  /** Since when its lease was not refreshed, in milliseconds; `null` for a manager without a lease. */
  leaseAgeMs: number | null;
  /** `null` for a manager that does not tell. */
  load: MemberLoad | null;
}

/** Knows the managers. */
export interface Membership {
  /** Name of this manager. */
  readonly node: string;
  /** All that live, this one among them. */
  live(): Member[];
  /** The same with all that is known of each, this one first. */
  states(): MemberState[];
  /** Whether this manager has the duty now. Two may think so for a moment: what they do must bear it. */
  holds(duty: Duty): boolean;
}
