/**
 * Status documents to change in a test.
 *
 * @module
 */

import { configSchema } from "../../src/agent/config/schema.ts";
import { healthOf } from "../../src/agent/status/health/health.ts";
import type { HealthOptions, StatusFacts } from "../../src/agent/status/health/rule.ts";
import { NO_PAST } from "../../src/agent/status/stream_history.ts";
import type { ModuleStatus, StateStatus } from "../../src/shared/protocol/part_status.ts";
import type { StatusDocument, StreamReport } from "../../src/shared/protocol/status_document.ts";

/** When the documents are made, wall clock. */
export const NOW_MS = Date.UTC(2026, 0, 1);

/** The time so many milliseconds before {@linkcode NOW_MS}. */
export const ago = (ms: number) => new Date(NOW_MS - ms).toISOString();

/** The defaults. */
export const HEALTH: HealthOptions = configSchema().parse({}).health;

/** What a status document is made with, with a small queue. */
export const STATUS_OPTIONS = {
  agent: { server_url: "https://manager.example:27000", path: { data: "/var/lib/agent" } },
  queue: { max_events: 1_000, max_bytes: 10_000 },
  health: HEALTH,
};

const STREAM: StreamReport = {
  queued_events: 1,
  queued_bytes: 100,
  pending_events: 1,
  batched_events: 0,
  batches_in_flight: 0,
  in_flight_limit: 8,
  oldest_age_s: 0.5,
  sent_events: 9,
  sent_batches: 3,
  retried_batches: 0,
  taken_events: 10,
  acknowledged_events: 9,
  dead_lettered_events: 0,
  dropped_events: 0,
  dropped_bytes: 0,
  refused_since: null,
  ...NO_PAST,
  last_acknowledged_at: ago(1_000),
};

/** A module that works. */
export const MODULE: ModuleStatus = {
  name: "logcollector",
  enabled: true,
  enabled_by: { source: "default", at: null },
  state: "running",
  since: ago(60_000),
  reason: null,
  try: null,
  events: 7,
  groups: 2,
  last_event_at: ago(2_000),
  last_error: null,
  scans: true,
  next_scan_at: null,
  details: { files: 3 },
  problems: [],
  statistics: {
    runs: 1,
    bytes: 700,
    cpu_ms: 30,
    child_cpu_ms: 40,
    child_peak_bytes: 9_000_000,
    asked_scans: { count: 0, last_ms: null, mean_ms: null, max_ms: null },
    errors: {},
  },
};

const SCANS = { count: 3, last_ms: 20, mean_ms: 30, max_ms: 50 };

/** Documents that the server has. */
export const PACKAGES: StateStatus = {
  collector: "packages",
  items: 400,
  creates: 400,
  updates: 3,
  deletes: 2,
  told: 5,
  pending: 0,
  refused: 1,
  last_refusal: "unknown field",
  refusals: 2,
  window_waits: 4,
  scanning: false,
  scans: { ...SCANS, incomplete: 1 },
  over_limit: 0,
  last_scan_at: ago(4_000),
  last_scan_ms: null,
  last_scan_complete: true,
  last_scan_reason: null,
  next_scan_at: ago(-60_000),
  in_sync: "yes",
  in_sync_since: ago(1_000),
  paused_until: null,
  pause_reason: null,
};

/** A running agent that is well. */
export const WELL: StatusFacts = {
  schema: 1,
  running: true,
  data_folder: "/var/lib/agent",
  agent: { id: "0197", name: "web-1", version: "1.0.0", groups: ["web"], machine_changed: false },
  pid: 4711,
  uptime_s: 60,
  state: {
    name: "connected",
    since: ago(59_000),
    reason: null,
    cause: null,
    next_try_at: null,
  },
  server: {
    url: STATUS_OPTIONS.agent.server_url,
    token: { state: "valid", expires_at: ago(-600_000) },
    in_use: "https://server:27000",
    proxy: null,
    clock_offset_s: 0.3,
    clock_off_since: null,
    last_acknowledged_batch: null,
  },
  shared_config: {
    state: "current",
    files: [{ group: "web", bytes: 20, stored_at: ago(3_600_000) }],
    confirmed_at: ago(30_000),
    reason: null,
    failing_since: null,
    next_try_at: ago(-570_000),
  },
  commands: {
    state: "waiting",
    since: ago(58_000),
    reason: null,
    last_answer_at: ago(5_000),
    cut_polls: 0,
    received: 0,
    waiting: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
  },
  configuration: { warnings: [] },
  queue: {
    full: false,
    full_since: null,
    disk_low: false,
    disk_low_since: null,
    disk_free_bytes: 50e9,
    disk_min_free_bytes: 512e6,
    disk_total_bytes: 100e9,
    max_events: 1_000,
    max_bytes: 10_000,
    kept_dead_letters: 0,
    unreadable: null,
  },
  streams: { stateless: STREAM, stateful: STREAM },
  modules: [MODULE],
  log: { file: null, reason: null, since: null, dropped_lines: 0 },
  metrics: { listen: null, reason: null, since: null },
  responses: { active: 0, reverting: 0, failing: [] },
  service: { reason: null, since: null },
  upgrade: {
    state: "off",
    version: "1.0.0",
    current: null,
    versions: [],
    to: null,
    percent: null,
    available: null,
    last_result: null,
  },
  watchdog: [],
  collectors: [],
};

/** `facts` with their health, by the defaults. */
export function documentOf(facts: StatusFacts): StatusDocument {
  return { ...facts, health: healthOf(facts, { options: HEALTH, nowMs: NOW_MS }) };
}

/** A document in which nothing is left out. */
export const FULL: StatusDocument = documentOf({
  ...WELL,
  streams: {
    ...WELL.streams,
    stateless: {
      ...STREAM,
      last_dead_lettered_at: ago(9),
      last_dropped_at: ago(9),
    },
  },
  server: {
    ...WELL.server,
    last_acknowledged_batch: {
      id: "b1",
      stream: "stateless",
      events: 3,
      status: 201,
      at: ago(1_000),
    },
  },
  modules: [{
    ...MODULE,
    next_scan_at: ago(-5),
    statistics: {
      runs: 2,
      bytes: 700,
      cpu_ms: 30,
      child_cpu_ms: 40,
      child_peak_bytes: 9_000_000,
      asked_scans: SCANS,
      errors: { run: 1 },
    },
    states: [PACKAGES],
  }],
  watchdog: [{
    part: "stream stateless",
    waits_for: "events",
    stalled_since: null,
    rebuilds: 2,
    rebuilt_at: null,
    rebuilt_for: null,
  }],
  upgrade: {
    state: "download",
    version: "1.0.0",
    current: "1.0.0",
    versions: ["1.0.0", "0.9.0"],
    to: "1.1.0",
    percent: 40,
    available: "1.1.0",
    last_result: {
      code: 1,
      reason: "died",
      message: "1.0.1 did not pass its trial: it ended by itself, with status 1; 1.0.0 goes on",
      from: "1.0.0",
      to: "1.0.1",
      release: 6,
      at: ago(3_600_000),
    },
  },
  collectors: [{ ...MODULE, since: ago(5), state: "running" }],
});
