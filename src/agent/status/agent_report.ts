/**
 * Who the agent is and where its events go, for the status document.
 *
 * @module
 */

import { isoOrNull } from "../../shared/clock.ts";
import type { LogFileStatus } from "../../shared/protocol/part_status.ts";
import type { AgentIdentity } from "../../shared/protocol/agent_identity.ts";
import type { SettledBatch } from "../../shared/protocol/local_api.ts";
import type { AcknowledgedBatch, StatusDocument } from "../../shared/protocol/status_document.ts";
import { VERSION } from "../../shared/version.ts";
import type { HealthOptions } from "./health/rule.ts";
import type { QueueBounds } from "./queue_report.ts";

/** The options that the document tells. */
export interface StatusOptions {
  agent: { server_url: string; path: { data: string } };
  queue: QueueBounds;
  health: HealthOptions;
}

/** The agent's share of the document. */
export function agentReport(
  { id, name, groups }: AgentIdentity,
  { isCopy = false } = {},
): NonNullable<StatusDocument["agent"]> {
  return { id, name, version: VERSION, groups, machine_changed: isCopy };
}

/** The log file, for the document. */
export function logReport(file: LogFileStatus | undefined): StatusDocument["log"] {
  const { path = null, reason = null, sinceMs, droppedLines = 0 } = file ?? {};
  return { file: path, reason, since: isoOrNull(sinceMs), dropped_lines: droppedLines };
}

/** The batch that was acknowledged last, for the document. */
export function acknowledgedReport(batch: SettledBatch | undefined): AcknowledgedBatch | null {
  if (batch === undefined) return null;
  const { id, stream, status, first_event, last_event, at_ms } = batch;
  const events = last_event - first_event + 1;
  return { id, stream, events, status, at: new Date(at_ms).toISOString() };
}
