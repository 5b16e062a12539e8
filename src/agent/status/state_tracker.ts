/**
 * The one state of the agent, out of the states of its parts.
 *
 * @module
 */

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
}

interface Finding {
  name: AgentState;
  reason: string | null;
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
      next_try_at: finding.nextTryAtMs === null ? null : iso(finding.nextTryAtMs),
    };
  }
}

/** The worst that any part has to tell, by what it means for the events. */
function stateOf({ stopping, token, poller, dispatchers }: PartStates, nowMs: number): Finding {
  const loginTryAtMs = token.next_try_in_ms === undefined ? null : nowMs + token.next_try_in_ms;
  const reason = token.reason ?? null;
  if (stopping) return { name: "stopping", reason: null, nextTryAtMs: null };
  if (token.state === "refused") return { name: "refused", reason, nextTryAtMs: loginTryAtMs };
  if (token.reason !== undefined) return { name: "retrying", reason, nextTryAtMs: loginTryAtMs };
  const failure = dispatchers.find((dispatcher) => dispatcher.failure)?.failure;
  if (failure) {
    return { name: "retrying", reason: failure.reason, nextTryAtMs: failure.next_try_at_ms };
  }
  if (poller.state === "retrying") {
    const { reason = null, next_try_at_ms = null } = poller;
    return { name: "retrying", reason, nextTryAtMs: next_try_at_ms };
  }
  const connected = token.state === "valid";
  return { name: connected ? "connected" : "starting", reason: null, nextTryAtMs: null };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
