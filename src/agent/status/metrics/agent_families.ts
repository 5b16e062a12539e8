/**
 * The agent as a whole, its server and its commands in metrics.
 *
 * @module
 */

import type { AgentState, StatusDocument } from "../../../shared/protocol/status_document.ts";
import { VERSION } from "../../../shared/version.ts";
import { counter, type Family, gauge, oneOf, timestamp } from "./family.ts";

const STATES = [
  "starting",
  "connected",
  "events_refused",
  "queue_full",
  "retrying",
  "refused",
  "stopping",
  "stopped",
] as const satisfies readonly AgentState[];

/** Health, state and build. */
export function agentFamilies(document: StatusDocument): Family[] {
  const { health, state, running, pid, uptime_s } = document;
  const reasons = health.reasons.map(({ code, level, subject }) =>
    [1, { code, level, subject: subject ?? "" }] as const
  );
  return [
    gauge("build_info", "1, with what was built in the labels", [[1, buildOf(document)]]),
    gauge(
      "health",
      "1 for how well the agent does",
      oneOf("health", { names: ["healthy", "degraded", "failing"], is: health.name }),
    ),
    gauge("health_reason", "1 for each reason of the health, also for notes", reasons),
    gauge(
      "state",
      "1 for the state that the agent is in",
      oneOf("state", { names: STATES, is: state.name }),
    ),
    gauge("connected", "1 while the server answers and takes events", [[
      state.name === "connected" || state.name === "queue_full",
    ]]),
    gauge("running", "1 while an agent runs", [[running]]),
    gauge("uptime_seconds", "Time since the start", [[uptime_s ?? 0]]),
    counter("log_dropped_lines", "Lines missing in the log file since the start", [[
      document.log.dropped_lines,
    ]]),
    gauge("process_id", "Number of the process", [[pid]]),
  ];
}

function buildOf({ schema }: StatusDocument): Record<string, string> {
  const { os, arch } = Deno.build;
  return { version: VERSION, runtime: Deno.version.deno, os, arch, status_schema: String(schema) };
}

/** Log-in, clock, last batch. */
export function serverFamilies({ server }: StatusDocument): Family[] {
  const { token, clock_offset_s, last_acknowledged_batch: last } = server;
  const stream = { stream: last?.stream ?? "" };
  return [
    gauge("token_valid", "1 while there is a token that can be used", [[token.state === "valid"]]),
    timestamp("token_expiry", "End of the token by the server's clock", [[token.expires_at]]),
    gauge("clock_offset_seconds", "The server's clock less this machine's", [[clock_offset_s]]),
    gauge(
      "last_acknowledged_batch_events",
      "Events of the batch that was acknowledged last",
      [[last?.events ?? null, stream]],
    ),
    gauge(
      "last_acknowledged_batch_status",
      "HTTP status with which the last batch was acknowledged",
      [[last?.status ?? null, stream]],
    ),
  ];
}

/** The files of the agent's groups. */
export function groupFamilies({ shared_config }: StatusDocument): Family[] {
  const sizes = shared_config.files.map(({ group, bytes }) => [bytes, { group }] as const);
  return [
    gauge("group_file_bytes", "Size of a group's configuration file", sizes),
    timestamp("group_files_confirmed", "When the server confirmed the files of groups last", [[
      shared_config.confirmed_at,
    ]]),
  ];
}

/** The long poll, the commands that came, and what they enabled. */
export function commandFamilies({ commands, responses }: StatusDocument): Family[] {
  return [
    gauge("responses_active", "Active responses that are enabled", [[responses.active]]),
    gauge("responses_reverting", "Active responses that are over and not reverted yet", [[
      responses.reverting,
    ]]),
    gauge("command_poll_waiting", "1 while the server may send commands", [[
      commands.state === "waiting",
    ]]),
    timestamp("command_poll_last_answer", "When a poll for commands was answered last", [[
      commands.last_answer_at,
    ]]),
    counter("command_polls_cut", "Polls held and let go without an answer, since the start", [[
      commands.cut_polls,
    ]]),
    counter("commands_received", "Commands received since the start", [[commands.received]]),
    gauge("commands_waiting", "Commands that wait for their turn", [[commands.waiting]]),
    gauge("commands_running", "Commands that run now", [[commands.running]]),
    counter("commands_succeeded", "Commands ended with code 0, since the start", [[
      commands.succeeded,
    ]]),
    counter("commands_failed", "Commands ended with another code, since the start", [[
      commands.failed,
    ]]),
  ];
}
