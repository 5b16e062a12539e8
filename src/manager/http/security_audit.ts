/**
 * What is told of attempts to get in, and of changes of who may.
 *
 * @module
 */

/** What happened. */
type SecurityEvent =
  | "login_failed"
  | "login_refused"
  | "agent_registered"
  | "agent_removed"
  | "agent_cloned"
  | "agent_clone_mended"
  | "enrollment_token_made"
  | "enrollment_token_removed"
  | "release_put"
  | "release_removed"
  | "rollout_begun"
  | "rollout_changed";

/** Writes it down, at once, and never throws. Never given a secret. */
export interface SecurityAudit {
  write(event: SecurityEvent, details: Readonly<Record<string, unknown>>): void;
}
