/**
 * The document of `agent status --json`: schema 1.
 *
 * Members are added, never renamed or removed, as long as `schema` is 1. Times are ISO 8601 in UTC, durations are in the unit that
 * their name ends with.
 *
 * @module
 */

import type { FailureCause } from "./exchange.ts";
import type { HealthReport } from "./health.ts";
import type { GroupFilesReport, SharedConfigState } from "./groups.ts";
import type { ResponsesStatus } from "./responses.ts";
import type { Stream } from "./wire.ts";
import type { CollectorStatus, ModuleStatus, WatchReport } from "./part_status.ts";

/** What the agent is doing as a whole. */
export type AgentState =
  /** No request has been answered yet. */
  | "starting"
  /** The server answers. */
  | "connected"
  /** The server answers, and refuses whatever events it is sent. */
  | "events_refused"
  /** The server answers, and what is collected has to wait for room in the queue. */
  | "queue_full"
  /** Something failed and is tried again; see `reason`. */
  | "retrying"
  /** The server refuses the credentials. */
  | "refused"
  /** A signal has come; what can leave is leaving. */
  | "stopping"
  /** No agent runs on this data folder. */
  | "stopped";

/** A state, since when, and why. */
export interface StateReport {
  name: AgentState;
  since: string | null;
  /** For a person, one line; `null` when there is nothing to say. */
  reason: string | null;
  /** Why there is no answer; `null` when there is one. */
  cause: FailureCause | null;
  next_try_at: string | null;
}

/** One stream in numbers. Counts marked "ever" survive restarts; the others begin with the process. */
export interface StreamReport {
  /** Events on disk: pending and batched. */
  queued_events: number;
  queued_bytes: number;
  /** Events that no batch holds yet. */
  pending_events: number;
  /** Events in batches that are not settled. */
  batched_events: number;
  batches_in_flight: number;
  /** Requests that may be under way at once now; 0 when no agent runs. */
  in_flight_limit: number;
  /** Age of the oldest queued event. */
  oldest_age_s: number | null;
  sent_events: number;
  sent_batches: number;
  retried_batches: number;
  /** Ever. */
  taken_events: number;
  /** Ever. */
  acknowledged_events: number;
  /** Ever. */
  dead_lettered_events: number;
  /** Ever. */
  dropped_events: number;
  /** Ever; includes bytes of files that were truncated before they were read. */
  dropped_bytes: number;
  /** Since when the server refuses every event of this stream; `null` while it does not. */
  refused_since: string | null;
  /** When events were acknowledged last, since the start. */
  last_acknowledged_at: string | null;
  /** When events were set aside last, since the start. */
  last_dead_lettered_at: string | null;
  /** When events were dropped last, since the start. */
  last_dropped_at: string | null;
  /** Events set aside since one was acknowledged last, since the start. */
  dead_lettered_in_row: number;
  /** When the first of those was set aside. */
  dead_lettered_in_row_since: string | null;
}

/** The batch that was acknowledged last. */
export interface AcknowledgedBatch {
  id: string;
  stream: Stream;
  events: number;
  status: number;
  at: string;
}

/** The configuration that the server has for the agent's groups. */
export interface SharedConfigReport extends GroupFilesReport {
  state: SharedConfigState;
  /** Why the last try failed. */
  reason: string | null;
  /** Since when tries fail; `null` while they do not. */
  failing_since: string | null;
  next_try_at: string | null;
}

/** How an upgrade ended. */
export interface UpgradeResult {
  /** 0 success, 1 refused or failed. */
  code: number;
  /** A word for programs, such as `expired` or `died`; `null` for a success. */
  reason: string | null;
  message: string;
  from: string;
  to: string | null;
  release: number | null;
  at: string;
}

/** What of the agent is replaced by what. */
export interface UpgradeStatus {
  /** `off`, `not_installed`, `idle`, `on_trial` (another version watches this one), or the step of an upgrade. */
  state: string;
  /** Of the agent that is asked. */
  version: string;
  /** The version that is started; `null` where the agent cannot be replaced. */
  current: string | null;
  /** What is there, newest first. */
  versions: string[];
  /** The version of the upgrade that is under way. */
  to: string | null;
  /** Of its download. */
  percent: number | null;
  /** The newest version that this agent has seen since its start. */
  available: string | null;
  last_result: UpgradeResult | null;
}

/** What `agent status --json` prints. */
export interface StatusDocument {
  schema: 1;
  running: boolean;
  /** Where identity and queue are. */
  data_folder: string;
  /** `null` when not registered. */
  agent: {
    id: string;
    name: string;
    version: string;
    groups: string[];
    /** True when the running agent was registered on another machine, of which this one is a copy. */
    machine_changed: boolean;
  } | null;
  pid: number | null;
  uptime_s: number | null;
  /** How well it does, and why not better. */
  health: HealthReport;
  state: StateReport;
  server: {
    /** All of `agent.server_url`, with commas between. */
    url: string;
    /** The one of them that is in use; `null` when no agent runs. */
    in_use: string | null;
    /** The proxy on the way to it, without user and password; `null` for none, or when no agent runs. */
    proxy: string | null;
    token: { state: string; expires_at: string | null };
    /** The server's clock less this machine's; `null` as long as nobody knows. */
    clock_offset_s: number | null;
    /** Since when that is more than `health.clock_off_by`; `null` while it is not. */
    clock_off_since: string | null;
    last_acknowledged_batch: AcknowledgedBatch | null;
  };
  shared_config: SharedConfigReport;
  commands: {
    /** Of the long poll. */
    state: string;
    since: string | null;
    reason: string | null;
    /** When a poll was last answered, with or without commands. */
    last_answer_at: string | null;
    /** Polls since the start that were held and then let go without an answer. */
    cut_polls: number;
    /** Since the start. */
    received: number;
    /** For their turn, now. */
    waiting: number;
    running: number;
    /** Since the start. */
    succeeded: number;
    /** Since the start. */
    failed: number;
  };
  /** `warnings`: of the configuration as it was last read, also of group files that the server sent. */
  configuration: { warnings: string[] };
  queue: {
    full: boolean;
    /** Since when at each look; `null` while it is not. */
    full_since: string | null;
    /** True while the disk, not the bounds below, keeps events out. */
    disk_low: boolean;
    disk_low_since: string | null;
    /** For this user; `null` where the system does not tell. */
    disk_free_bytes: number | null;
    /** What stays free: the queue is full before the disk has less. */
    disk_min_free_bytes: number | null;
    disk_total_bytes: number | null;
    max_events: number;
    max_bytes: number;
    kept_dead_letters: number;
    /** Why the database cannot be read, so that the numbers are not known, and what to do; `null` when it can. */
    unreadable: { reason: string; hint: string | null } | null;
  };
  streams: Record<Stream, StreamReport>;
  /** Every module there is, also those that are disabled. */
  modules: ModuleStatus[];
  /** The log file, `null` when there is none; why it cannot be written, since when, and lines missing in it since the start. */
  log: { file: string | null; reason: string | null; since: string | null; dropped_lines: number };
  /** Where the metrics are served over HTTP, `null` when nowhere; why not, and since when, when they should be. */
  metrics: { listen: string | null; reason: string | null; since: string | null };
  /** What is enabled against somebody on this machine. */
  responses: ResponsesStatus;
  /** Why the service manager that wants to be told how the agent is cannot be told, and since when; `null` when it can, or wants nothing. */
  service: { reason: string | null; since: string | null };
  upgrade: UpgradeStatus;
  /** What is watched for progress; empty when no agent runs. */
  watchdog: WatchReport[];
  /** The modules that are enabled, with the members of the first status documents; empty when no agent runs. */
  collectors: CollectorStatus[];
}
