/**
 * The figures of `GET /manager/stats`.
 *
 * @module
 */

import type { PollRegistry } from "./poll_registry.ts";
import type { RequestCounter, RequestCounts } from "./request_counter.ts";
import type { Store } from "./store/store.ts";

/** What the statistics say. Figures outlive a restart, except `requests` and `open_polls`. */
export interface ManagerStats {
  /** Version of this shape. */
  schema: 1;
  /** ISO 8601. */
  started_at: string;
  /** Agents that are registered. */
  agents: number;
  /** Events stored. */
  events: { stateless: number; stateful: number };
  /** Requests that were repeats, whose events were not stored again. */
  duplicates_suppressed: number;
  /** Answers since `started_at`, by route and status. */
  requests: RequestCounts;
  /** The newest 1,000 shutdown messages, oldest first. */
  shutdowns: { agent_id: string; stream: string; received_at: string }[];
  open_polls: number;
}

/** What the statistics are taken from. */
export interface StatsSources {
  store: Store;
  polls: PollRegistry;
  requests: RequestCounter;
  startedAtMs: number;
}

/** The figures now. */
export function managerStats({ store, polls, requests, startedAtMs }: StatsSources): ManagerStats {
  return {
    schema: 1,
    started_at: isoTime(startedAtMs),
    agents: store.agents.count(),
    events: {
      stateless: store.events.count("stateless"),
      stateful: store.events.count("stateful"),
    },
    duplicates_suppressed: store.duplicatesSuppressed(),
    requests: requests.snapshot(),
    shutdowns: store.shutdowns().map(({ agentId, stream, receivedAtMs }) => ({
      agent_id: agentId,
      stream,
      received_at: isoTime(receivedAtMs),
    })),
    open_polls: polls.size,
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
