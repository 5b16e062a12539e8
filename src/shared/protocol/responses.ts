/**
 * Responses that are enabled on a machine, as the agent tells of them.
 *
 * @module
 */

/** `enabling`: what enables it runs, or did when the agent ended. `reverting`: it is to end, and did not yet. */
export type ResponseState = "enabling" | "active" | "reverting";

/** One response; times are ISO 8601. */
export interface ResponseReport {
  /** Name, and a digest of whom it is against. */
  key: string;
  name: string;
  state: ResponseState;
  source: { ip: string } | null;
  user: { name: string } | null;
  /** Of the last order for it. */
  document_id: string;
  /** `null` until it is. */
  enabled_at: string | null;
  /** `null` for what runs once, and is not reverted. */
  expires_at: string | null;
  /** Reversals that failed. */
  attempts: number;
  /** Why the last one did. */
  failure: string | null;
  /** When it is tried again. */
  next_try_at: string | null;
}

/** What became of a response that was to be reverted. */
export interface ReversalReport {
  key: string;
  reverted: boolean;
  /** For a person. */
  message: string;
}

/** Which responses: all, or those with these keys or with beginnings of keys that mean one. */
export type ResponseSelection = { all: true } | { keys: string[] };

/** How many responses there are, and which cannot be reverted. */
export interface ResponsesStatus {
  active: number;
  reverting: number;
  /** At most ten, oldest first. */
  failing: Pick<ResponseReport, "key" | "name" | "attempts" | "failure" | "next_try_at">[];
}
