/**
 * How well the agent does, in words and with reasons: `health` of the status document.
 *
 * @module
 */

/** Why the agent is not healthy. `docs/status.md` has them with their thresholds; a code is never given a new meaning. */
type HealthCode =
  | "not_running"
  | "not_registered"
  | "credentials_refused"
  | "certificate_untrusted"
  | "server_away"
  | "server_faulty"
  | "commands_away"
  | "events_refused"
  | "group_config_stale"
  | "all_dead_lettered"
  | "dead_letters"
  | "events_lost"
  | "queue_full"
  | "queue_filling"
  | "queue_unreadable"
  | "disk_full"
  | "disk_filling"
  | "module_failed"
  | "module_unavailable"
  | "no_module_enabled"
  | "nothing_matches"
  | "unreadable"
  | "no_c_library"
  | "changes_missed"
  | "no_realtime"
  | "over_limit"
  | "cannot_listen"
  | "invalid_policy"
  | "collector_not_taken"
  | "machine_copied"
  | "no_progress"
  | "clock_off"
  | "metrics_not_served"
  | "log_not_written"
  | "service_not_told"
  | "response_not_reverted"
  | "other_version";

/**
 * - `note`: to be known, and does not count.
 * - `degraded`: does its work in part, or will not for much longer.
 * - `failing`: does not do its work; somebody has to do something.
 */
export type HealthLevel = "note" | "degraded" | "failing";

/** One reason. */
export interface HealthReason {
  code: HealthCode;
  level: HealthLevel;
  /** Which module, stream, file or location; `null` when it is about the agent as a whole. */
  subject: string | null;
  /** What is so, in one line. */
  message: string;
  /** Since when: ISO 8601, UTC; `null` when nobody knows. */
  since: string | null;
  /** What to do about it: the right next step. */
  hint: string;
}

/** The health as a whole: that of the worst reason. */
export interface HealthReport {
  name: "healthy" | "degraded" | "failing";
  /** Since when the oldest reason of that level holds; `null` when healthy, or when nobody knows. */
  since: string | null;
  /** The worst first. */
  reasons: HealthReason[];
}
