/**
 * The figures of `GET /manager/stats`.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { AgentState } from "../keep_alive/announcement.ts";
import type { BulkOutputStats } from "../bulk_output/bulk_writer.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import type { PublisherStats } from "../nats/publisher.ts";
import type { PollRegistry } from "../commands/poll_registry.ts";
import type { RequestCounter, RequestCounts } from "../http/request_counter.ts";
import type { Store } from "../store.ts";

/** What the statistics say. Figures outlive a restart, except `requests` and `open_polls`. */
export interface ManagerStats {
  /** Version of this shape. */
  schema: 1;
  /** ISO 8601. */
  started_at: string;
  /** Agents that are registered. */
  agents: number;
  /** How many of them are in which state; see `keep_alive/announcement.ts`. */
  agents_by_status: Record<AgentState, number>;
  /** How many of them have which version, the most first. */
  agents_by_version: { name: string; agents: number }[];
  /** Agents that were heard of once, and not for 30 days. */
  agents_silent_30_days: number;
  /** Events stored. */
  events: { stateless: number; stateful: number };
  /** Documents that agents keep by their stateful events. */
  documents: number;
  /** Agents whose id several machines use at once. */
  cloned_agents: number;
  /** Requests that were repeats, whose events were not stored again. */
  duplicates_suppressed: number;
  /** Answers since `started_at`, by route and status. */
  requests: RequestCounts;
  /** The newest 1,000 shutdown messages, oldest first. */
  shutdowns: { agent_id: string; stream: string; received_at: string }[];
  open_polls: number;
  /** How publishing goes, since `started_at`; missing when neither NATS nor the audit log is on. */
  publisher?: PublisherStats;
  /** How giving events to an index goes; missing without one. */
  bulk_output?: BulkOutputStats;
}

/** What the statistics are taken from. */
export interface StatsSources {
  clock: Clock;
  store: Store;
  polls: PollRegistry;
  keepAlive: KeepAlive;
  publisher?: { stats(): PublisherStats };
  output?: { stats(): BulkOutputStats };
  requests: RequestCounter;
  /** When the manager started, in milliseconds since 1970. */
  startedAtMs: number;
}

const LONG_SILENCE_MS = 30 * 86_400_000;

/** The figures now. */
export function managerStats(sources: StatsSources): ManagerStats {
  const { clock, store, polls, keepAlive, publisher, output, requests, startedAtMs } = sources;
  return {
    schema: 1,
    started_at: isoTime(startedAtMs),
    agents: store.agents.count(),
    agents_by_status: keepAlive.views.counts(),
    agents_by_version: keepAlive.views.versions(),
    agents_silent_30_days: keepAlive.views.count({ silentSinceMs: clock.now() - LONG_SILENCE_MS }),
    cloned_agents: keepAlive.clones.all().length,
    events: {
      stateless: store.events.count("stateless"),
      stateful: store.events.count("stateful"),
    },
    documents: store.documents.total(),
    duplicates_suppressed: store.events.duplicatesSuppressed(),
    requests: requests.snapshot(),
    shutdowns: store.events.shutdowns().map(({ agentId, stream, receivedAtMs }) => ({
      agent_id: agentId,
      stream,
      received_at: isoTime(receivedAtMs),
    })),
    open_polls: polls.size,
    ...(publisher && { publisher: publisher.stats() }),
    ...(output && { bulk_output: output.stats() }),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
