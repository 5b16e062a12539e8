/**
 * The one state of the agent, out of the states of its parts.
 *
 * @module
 */

import type { FailureCause } from "../../shared/protocol/exchange.ts";
import type { AgentState, StateReport } from "../../shared/protocol/status_document.ts";
import type {
  DispatchStatus,
  PollerStatus,
  TokenStatus,
} from "../../shared/protocol/part_status.ts";

/** What the parts say of themselves. */
interface PartStates {
  stopping: boolean;
  token: TokenStatus;
  poller: PollerStatus;
  dispatchers: readonly DispatchStatus[];
  /** What is collected has waited for room in the queue for a while. */
  queueIsFull: boolean;
}

interface Finding {
  name: AgentState;
  reason: string | null;
  cause?: FailureCause | undefined;
  nextTryAtMs: number | null;
}

/** Remembers since when the agent is in its state: as exactly as {@linkcode update} is called often. */
export class StateTracker {
  #current: Finding;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#current = { name: "starting", reason: null, nextTryAtMs: null };
    this.#sinceMs = nowMs;
  }

  /** The state that follows from those of the parts. `nowMs` is wall clock time. */
  update(parts: PartStates, nowMs: number): StateReport {
    const finding = stateOf(parts, nowMs);
    if (finding.name !== this.#current.name) this.#sinceMs = nowMs;
    this.#current = finding;
    return {
      name: finding.name,
      since: iso(this.#sinceMs),
      reason: finding.reason,
      cause: finding.cause ?? null,
      next_try_at: finding.nextTryAtMs === null ? null : iso(finding.nextTryAtMs),
    };
  }
}

/** The worst that any part has to tell, by what it means for the events. */
function stateOf(parts: PartStates, nowMs: number): Finding {
  const { stopping, token, poller, dispatchers, queueIsFull } = parts;
  const loginTryAtMs = token.next_try_in_ms === undefined ? null : nowMs + token.next_try_in_ms;
  const reason = token.reason ?? null;
  if (stopping) return { name: "stopping", reason: null, nextTryAtMs: null };
  if (token.state === "refused") return { name: "refused", reason, nextTryAtMs: loginTryAtMs };
  if (token.reason !== undefined) {
    return { name: "retrying", reason, cause: token.cause, nextTryAtMs: loginTryAtMs };
  }
  const failure = dispatchers.find((dispatcher) => dispatcher.failure)?.failure;
  if (failure) {
    const { reason, cause, next_try_at_ms: nextTryAtMs, refused_since_ms } = failure;
    const name = refused_since_ms === undefined ? "retrying" : "events_refused";
    return { name, reason, cause, nextTryAtMs };
  }
  if (poller.state === "retrying") {
    const { reason = null, cause, next_try_at_ms = null } = poller;
    return { name: "retrying", reason, cause, nextTryAtMs: next_try_at_ms };
  }
  if (queueIsFull && token.state === "valid") {
    return { name: "queue_full", reason: "collectors wait for room", nextTryAtMs: null };
  }
  const connected = token.state === "valid";
  return { name: connected ? "connected" : "starting", reason: null, nextTryAtMs: null };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
