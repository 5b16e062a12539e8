/**
 * What goes into the keep-alive monitor.
 *
 * @module
 */

import type { AgentState, Finding } from "./announcement.ts";
import type { MonitorClock } from "./monitor_clock.ts";

/** What a request says about its agent: each start of one begins with a log-in or a poll. */
export type SignOfLife = "login" | "poll" | "request";

/** What is known of an agent that the monitor meets for the first time since its start. */
export interface KnownAgent {
  id: string;
  name: string;
  /** Where it was heard from last, or says it is; may be empty. */
  address: string;
  state: AgentState;
  /** Milliseconds since 1970. */
  sinceMs: number;
  /** Milliseconds since 1970; `undefined` when it was never heard of. */
  heardAtMs: number | undefined;
  /** `undefined` when its state is announced. */
  held: HeldBack | undefined;
}

/** Changes of an agent that are not announced yet, because it flaps. */
export interface HeldBack {
  /** The state that was announced last. */
  announced: AgentState;
  /** How many changes there were since then. */
  changes: number;
}

/** Times and limits of the monitor. */
export interface MonitorLimits {
  /** Silence until a keep-alive, in milliseconds. */
  intervalMs: number;
  /** Silence until an agent is lost, in milliseconds; longer than the interval. */
  timeoutMs: number;
  /** Keep-alives missed in a row until an agent is lost. */
  maxMissed: number;
  /**
   * Time to acknowledge a keep-alive, and how long a state must last not to be flapping, in
   * milliseconds.
   */
  retryIntervalMs: number;
}

/** What a {@linkcode KeepAliveMonitor} works with. */
export interface MonitorDeps {
  clock: MonitorClock;
  /** Looks a registered agent up. */
  findAgent(id: string): KnownAgent | undefined;
  groupsOf(id: string): readonly string[];
  /** Answers the agent's open poll with an empty list. Returns false when none is open. */
  answerPoll(id: string): boolean;
  /** Told what is to be announced. */
  onFinding(finding: Finding): void;
  /** Told of every change of a state, and of one whose announcement was held back. */
  onChange(slot: number): void;
}
