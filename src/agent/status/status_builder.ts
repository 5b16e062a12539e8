/**
 * Builds the status document, of a running agent or from what a stopped one left on disk.
 *
 * @module
 */

import type { AgentIdentity } from "../../shared/protocol/agent_identity.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { AgentConfig } from "../config/schema.ts";
import type {
  AcknowledgedBatch,
  StatusDocument,
  StreamReport,
} from "../../shared/protocol/status_document.ts";
import type { Queue } from "../queue/queue.ts";
import { VERSION } from "../../shared/version.ts";
import type { SettledBatch } from "../../shared/protocol/local_api.ts";
import type { DispatchStatus } from "../../shared/protocol/part_status.ts";

const IDLE: DispatchStatus = {
  batches_in_flight: 0,
  in_flight_limit: 0,
  sent_events: 0,
  sent_batches: 0,
  retried_batches: 0,
  failure: undefined,
};

/** One stream in numbers. Without a dispatcher, as nothing is sent while no agent runs. */
export function streamReport(
  queue: Queue,
  stream: Stream,
  { nowMs, dispatcher = IDLE }: { nowMs: number; dispatcher?: DispatchStatus },
): StreamReport {
  const { taken, queued, acknowledged, dead_lettered, dropped } = queue.account(stream);
  const waiting = queue.waiting(stream);
  const oldestMs = queue.oldestMs(stream);
  return {
    queued_events: queued.events,
    queued_bytes: queued.bytes,
    pending_events: waiting.events,
    batched_events: queued.events - waiting.events,
    batches_in_flight: dispatcher.batches_in_flight,
    in_flight_limit: dispatcher.in_flight_limit,
    oldest_age_s: oldestMs === undefined ? null : Math.max(0, nowMs - oldestMs) / 1000,
    sent_events: dispatcher.sent_events,
    sent_batches: dispatcher.sent_batches,
    retried_batches: dispatcher.retried_batches,
    taken_events: taken.events,
    acknowledged_events: acknowledged.events,
    dead_lettered_events: dead_lettered.events,
    dropped_events: dropped.events,
    dropped_bytes: dropped.bytes,
  };
}

/** The queue's share of the document. */
export function queueReport(queue: Queue, { queue: limits }: AgentConfig): StatusDocument["queue"] {
  return {
    full: queue.full,
    max_events: limits.max_events,
    max_bytes: limits.max_bytes,
    kept_dead_letters: queue.deadLetters().events,
  };
}

/** The agent's share of the document. */
export function agentReport(
  { id, name, groups }: AgentIdentity,
): NonNullable<StatusDocument["agent"]> {
  return { id, name, version: VERSION, groups };
}

/** The batch that was acknowledged last, for the document. */
export function acknowledgedReport(batch: SettledBatch | undefined): AcknowledgedBatch | null {
  if (batch === undefined) return null;
  const { id, stream, status, first_event, last_event, at_ms } = batch;
  const events = last_event - first_event + 1;
  return { id, stream, events, status, at: new Date(at_ms).toISOString() };
}

/** The document when no agent runs: what is on disk. `queue` is left out when there is no database yet. */
export function stoppedStatus(
  config: AgentConfig,
  { agent, queue, nowMs }: {
    agent: StatusDocument["agent"];
    queue: Queue | undefined;
    nowMs: number;
  },
): StatusDocument {
  const report = (stream: Stream) =>
    queue === undefined ? EMPTY_STREAM : streamReport(queue, stream, { nowMs });
  return {
    schema: 1,
    running: false,
    agent,
    pid: null,
    uptime_s: null,
    state: { name: "stopped", since: null, reason: null, next_try_at: null },
    server: {
      url: config.agent.server_url,
      token: { state: "none", expires_at: null },
      last_acknowledged_batch: null,
    },
    commands: {
      state: "stopped",
      since: null,
      reason: null,
      received: 0,
      waiting: 0,
      running: 0,
      succeeded: 0,
      failed: 0,
    },
    queue: queue === undefined
      ? { full: false, ...limitsOf(config), kept_dead_letters: 0 }
      : queueReport(queue, config),
    streams: { stateless: report("stateless"), stateful: report("stateful") },
    collectors: [],
  };
}

function limitsOf({ queue: { max_events, max_bytes } }: AgentConfig) {
  return { max_events, max_bytes };
}

const EMPTY_STREAM: StreamReport = {
  queued_events: 0,
  queued_bytes: 0,
  pending_events: 0,
  batched_events: 0,
  batches_in_flight: 0,
  in_flight_limit: 0,
  oldest_age_s: null,
  sent_events: 0,
  sent_batches: 0,
  retried_batches: 0,
  taken_events: 0,
  acknowledged_events: 0,
  dead_lettered_events: 0,
  dropped_events: 0,
  dropped_bytes: 0,
};
