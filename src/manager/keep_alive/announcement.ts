/**
 * What the keep-alive monitor tells whoever wants to know, and the numbers that its states have on
 * the wire. The monitor decides; an {@link Announcer} passes on.
 *
 * @module
 */

import type { CloneSignal } from "./clone_signals.ts";

/**
 * What the manager knows of an agent:
 *
 * - `never_connected`: registered, has not logged in yet;
 * - `pending`: has logged in for the first time, has neither polled nor sent events yet;
 * - `active`: gave a sign of life within the time-out;
 * - `disconnected`: lost without a word;
 * - `stopped`: said that it shuts down.
 */
export const AGENT_STATES = [
  "active",
  "disconnected",
  "pending",
  "never_connected",
  "stopped",
] as const;

/** One of {@link AGENT_STATES}. */
export type AgentState = (typeof AGENT_STATES)[number];

/**
 * The number of a state on the wire. A stopped agent is a disconnected one there: the reason
 * `agent_shutdown` tells them apart.
 */
export const STATE_NUMBERS: Readonly<Record<AgentState, 0 | 1 | 2 | 3>> = {
  active: 0,
  disconnected: 1,
  pending: 2,
  never_connected: 3,
  stopped: 1,
};

/**
 * Why a state changed:
 *
 * - `keepalive_timeout`: no sign of life within the time-out;
 * - `max_missed`: as many keep-alives in a row were missed as are allowed;
 * - `agent_shutdown`: the agent said that it shuts down;
 * - `reconnected`: a sign of life of an agent that was disconnected or stopped;
 * - `first_contact`: the first log-in, or the first sign of life after it;
 * - `cloned_identity`: no change of the state: several machines use the agent's id at once;
 * - `clone_mended`: no change of the state: one machine uses the id again;
 * - `flapping`: the state changed back and forth; told when it has stayed the same for a while, and
 *   now and then when it never does.
 */
export type StatusChangeReason =
  | "keepalive_timeout"
  | "max_missed"
  | "agent_shutdown"
  | "reconnected"
  | "first_contact"
  | "cloned_identity"
  | "clone_mended"
  | "flapping";

/** A keep-alive was sent: the agent's open poll was answered with an empty list. */
export interface KeepAliveSent {
  readonly kind: "keep_alive_sent";
  readonly agentId: string;
  readonly agentName: string;
  /** Empty when neither a connection nor the registration named one. */
  readonly ipAddress: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The configured time between two keep-alives. */
  readonly intervalMs: number;
}

/** An agent's state changed. */
export interface StatusChange {
  readonly kind: "status_changed";
  readonly agentId: string;
  readonly agentName: string;
  readonly groups: readonly string[];
  readonly previous: AgentState;
  /** With the reason `flapping` it may be the same as `previous`. */
  readonly current: AgentState;
  /** Empty when neither a connection nor the registration named one. */
  readonly ipAddress: string;
  /** When the state changed, in milliseconds since 1970. */
  readonly atMs: number;
  readonly reason: StatusChangeReason;
  /** Keep-alives missed in a row before this change. */
  readonly missedKeepAlives: number;
  /** How often the state changed while it was flapping; only with the reason `flapping`. */
  readonly changes?: number;
  /** What gave the machines away; only with the reason `cloned_identity`. */
  readonly signals?: readonly CloneSignal[];
  /** The same each time the change is announced; only on a cluster, where that may be twice. */
  readonly changeId?: string;
}

/** What the monitor finds. */
export type Finding = KeepAliveSent | StatusChange;

/** Passes on what the monitor finds. */
export interface Announcer {
  /**
   * Writes findings down, to be passed on from there. Called inside the transaction that writes down how the agents stand; what it
   * returns is called once that is committed, and not at all when it fails.
   *
   * @throws when they can't be written down; then the whole transaction is undone, and tried again later
   */
  announce(findings: readonly Finding[]): () => void;
  /** So many findings will never be announced: too many waited for a database that cannot be written. */
  giveUp(findings: number): void;
  /**
   * Resolves when all that was announced so far has been passed on, or given up; never when the manager ends before.
   *
   * @default at once
   */
  passedOn?(): Promise<void>;
}
