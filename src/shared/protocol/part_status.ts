/**
 * What each part of the agent says of itself; the status document is made of it.
 *
 * @module
 */

import type { FailureCause } from "./exchange.ts";

/**
 * How log-in stands. `none`: nobody asked for a token yet, or the last one is over. `refused` and `retrying` last
 * until a log-in succeeds.
 */
export type TokenState = "none" | "valid" | "logging_in" | "retrying" | "refused";

/** Whether a part of the agent gets on, for whoever watches it. */
export interface Progress {
  /** Another text each time that it got something done. */
  mark: string;
  /** What it is at, or waits for, in one line. */
  waitsFor: string;
  /** True: that may take as long as it takes. False: before long the mark should change. */
  mayWait: boolean;
}

/** What the watchdog knows of a part. */
export interface WatchReport {
  /** Such as `stream stateless` or `module logcollector`. */
  part: string;
  /** What it is at, or waits for. */
  waits_for: string;
  /** Since when it makes no progress although it could; `null` while it does, or need not. ISO 8601, UTC. */
  stalled_since: string | null;
  /** How often it was rebuilt for that, since the start. */
  rebuilds: number;
  /** When it was rebuilt last. */
  rebuilt_at: string | null;
  /** What it waited for then. */
  rebuilt_for: string | null;
}

/** How log-in stands, and since when. */
export interface TokenStatus {
  state: TokenState;
  /** When this state began, by the local clock, ISO 8601. */
  since: string;
  /** How long ago that was, in milliseconds. */
  for_ms: number;
  /** Why the last log-in failed; left out once one succeeded. */
  reason?: string;
  /** Why there was no answer to it; only then. */
  cause?: FailureCause;
  /** Milliseconds until the next try; only while a log-in is failing. */
  next_try_in_ms?: number;
  /** End of the token's life by the server's clock, ISO 8601. */
  expires_at?: string;
}

/** How the long poll stands. */
export interface PollerStatus {
  state: "waiting" | "retrying" | "stopped";
  /** Wall clock, milliseconds. */
  since_ms: number;
  reason: string | undefined;
  /** Why there was no answer; left out when there was one. */
  cause?: FailureCause | undefined;
  next_try_at_ms: number | undefined;
  /** New commands since the start: none that came again, and nothing malformed. */
  received: number;
  /** When a poll was last answered; wall clock, milliseconds. */
  last_answer_ms: number | undefined;
  /** Polls since the start that were held and then let go without an answer. */
  cut: number;
}

/** How the commands stand. */
export interface CommandCounts {
  /** Wait for their turn. */
  received: number;
  running: number;
  /** Ended since the start, with code 0. */
  succeeded: number;
  /** Ended since the start, with another code. */
  failed: number;
}

/** The latest failure to send, until a try succeeds. */
export interface DispatchFailure {
  reason: string;
  /** Why there was no answer; only then. */
  cause?: FailureCause;
  /** Since when the server refuses whatever it is sent; only then. Wall clock, milliseconds. */
  refused_since_ms?: number;
  /** Wall clock, milliseconds. */
  at_ms: number;
  next_try_at_ms: number;
  tries: number;
}

/** How the dispatcher of a stream stands. */
export interface DispatchStatus {
  /** Claimed and neither acknowledged nor set aside. */
  batches_in_flight: number;
  /** Requests that may be under way at once now. */
  in_flight_limit: number;
  /** Events in first tries since the start. */
  sent_events: number;
  sent_batches: number;
  /** Tries after the first, since the start. */
  retried_batches: number;
  failure: DispatchFailure | undefined;
}

/**
 * - `disabled`: `enabled` is false; the status says who says so.
 * - `unavailable`: enabled, and cannot work on this operating system, or misses something that it looks for again now and then.
 * - `starting`: being made ready.
 * - `running`: at work.
 * - `scanning`: at work, and looking at everything because somebody asked for it.
 * - `waiting`: at work, and the queue has been pushing back for a second or longer.
 * - `paused`: enabled, and told to rest until it is told to go on, or the agent starts anew.
 * - `degraded`: at work, and kept from a part of it; the status says from which.
 * - `failed`: ended by an error; starts again after a wait.
 * - `stopping`: told to end, and not done yet.
 * - `stopped`: ended because the agent stops, or because it had nothing more to do.
 */
export type ModuleState =
  | "disabled"
  | "unavailable"
  | "starting"
  | "running"
  | "scanning"
  | "waiting"
  | "paused"
  | "degraded"
  | "failed"
  | "stopping"
  | "stopped";

/** Who says whether a module is enabled. */
export interface EnabledBy {
  /** `command`: an order of the server, kept in the data folder. */
  source: "default" | "file" | "shared" | "command" | "environment" | "flag";
  /** The place, such as `/etc/agent/agent.yaml:3:12`; `null` for a default. */
  at: string | null;
  /** Until when that holds, ISO 8601, UTC; left out when no end was named. */
  until?: string;
}

/** How a module stands. Numbers are those since the agent started. */
export interface ModuleStatus {
  name: string;
  enabled: boolean;
  enabled_by: EnabledBy;
  state: ModuleState;
  /** When it came into this state: ISO 8601, UTC. `null` when no agent runs. */
  since: string | null;
  /** Why it does not work, or not wholly, in one line; `null` while it does. */
  reason: string | null;
  /** The right next step of whoever wants it to work; `null` while there is none to take. */
  try: string | null;
  /** Taken by the queue, or promised to it: what became of documents counts too. */
  events: number;
  /** Commits of events. */
  groups: number;
  last_event_at: string | null;
  last_error: string | null;
  /** Whether it can be told to scan. */
  scans: boolean;
  /** When it scans next by itself; `null` when it does not, or nobody knows. */
  next_scan_at: string | null;
  /** Numbers of the module's own. */
  details: Record<string, number>;
  /** What keeps it from some of its work now; the first {@linkcode MAX_PROBLEMS} of them. */
  problems: ModuleProblem[];
  statistics: ModuleStatistics;
  /** Over all starts of the agent; left out while none runs. */
  ever?: EverFigures;
  /** The documents that it keeps at the server, by collector; left out by a module that keeps none. */
  states?: StateStatus[];
}

/** How long something took: whole milliseconds; `null` while it has not happened. */
export interface DurationFigures {
  count: number;
  last_ms: number | null;
  mean_ms: number | null;
  max_ms: number | null;
}

/** What happened to a module since the agent started. */
interface ModuleStatistics {
  /** Times that it was started. */
  runs: number;
  /** Of the events in `events`, as they are sent, those that are no documents. */
  bytes: number;
  /** CPU time in the agent's own process, as far as it is measured: looking and comparing, not the queue and the network. */
  cpu_ms: number;
  /** CPU time of the processes that it started and that have ended. */
  child_cpu_ms: number;
  /** Most memory that one of them was seen to use. */
  child_peak_bytes: number;
  /** Scans that somebody asked for and that ended well. */
  asked_scans: DurationFigures;
  /** Errors by kind: `run` ended it, `scan` ended a scan that somebody asked for, `child` is a process killed for its memory. */
  errors: Record<string, number>;
}

/** What was counted over all starts of the agent. */
interface EverFigures {
  /** ISO 8601, UTC. */
  since: string;
  figures: Readonly<Record<string, number>>;
}

/** How the documents of a collector stand. Creates, updates and deletes are those since the agent started. */
export interface StateStatus {
  collector: string;
  /** Documents that there should be. */
  items: number;
  creates: number;
  updates: number;
  deletes: number;
  /** Stateless events that told people of changes, since the agent started. */
  told: number;
  /** Events that wait for room in the stateful stream, or for a server that takes the collector. */
  pending: number;
  /** Documents that the server refused as they are. */
  refused: number;
  last_refusal: string | null;
  /** How often the server refused one, since the agent started. */
  refusals: number;
  /** How often changes had to wait for room in the stateful stream, since the agent started. */
  window_waits: number;
  /** Over all starts of the agent; left out while none runs. */
  ever?: EverFigures;
  /** Whether it is being scanned now. */
  scanning: boolean;
  /** Scans that came to their end since the agent started. */
  scans: DurationFigures & { incomplete: number };
  /** Things that the last scan left out because there were too many. */
  over_limit: number;
  last_scan_at: string | null;
  last_scan_ms: number | null;
  last_scan_complete: boolean | null;
  /** Why it was not complete. */
  last_scan_reason: string | null;
  next_scan_at: string | null;
  /** What the last comparison with the server found; `unknown` when there was none. */
  in_sync: "yes" | "no" | "unknown";
  in_sync_since: string | null;
  /** Until when the server, which does not take the collector, is left in peace. */
  paused_until: string | null;
  /** The server's words. */
  pause_reason: string | null;
}

/** So many problems of a module are told; what is beyond is in the number `problems` of its details. */
export const MAX_PROBLEMS = 20;

/** Something that keeps a module from a part of its work. */
export interface ModuleProblem {
  code:
    | "nothing_matches"
    | "unreadable"
    | "no_c_library"
    | "changes_missed"
    | "no_realtime"
    | "over_limit"
    | "cannot_listen"
    | "invalid_policy";
  /** What it is about, such as a path. */
  subject: string;
  /** One line. */
  message: string;
  /** ISO 8601, UTC. */
  since: string;
  /** The right next step. */
  hint: string;
}

/** How the log file stands. */
export interface LogFileStatus {
  path: string;
  /** Why it cannot be written; `undefined` while it can. */
  reason: string | undefined;
  /** Since when; wall clock. */
  sinceMs: number | undefined;
  /** Lines that are not in it, since the start. */
  droppedLines: number;
}

/** Something that went wrong with a file. */
export interface FileError {
  /** One line. */
  message: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** A file, or a location, that a module follows or should follow. */
export interface FollowedFile {
  /** A path; of what is not followed perhaps a glob. */
  path: string;
  /**
   * `renamed`: it left its path and is read to its end. `closed`: it was read to its end and is opened
   * again when it is written.
   */
  state: "followed" | "renamed" | "closed" | "not_followed";
  /** How far it was read and stored. */
  position_bytes: number | null;
  size_bytes: number | null;
  /** What is not read yet. */
  lag_bytes: number | null;
  /** For how long it has not been read to its end. */
  lag_s: number | null;
  /** Over the last minute, or since it is read. */
  events_per_s: number | null;
  /** What is wrong with it, or why it is not followed. */
  reason: string | null;
  /** What went wrong last, also when it is mended; `null` when nothing did since the agent started. */
  last_error: FileError | null;
}

/** A {@linkcode FollowedFile} with the module that follows it. */
export type ModuleFile = { module: string } & FollowedFile;

/** How a collector stands: an enabled module under the names of the first status documents. */
export type CollectorStatus =
  & Pick<ModuleStatus, "name" | "events" | "groups" | "last_event_at" | "last_error" | "details">
  & { state: ModuleState; since: string };
