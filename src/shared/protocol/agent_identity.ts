/**
 * Who an agent is, to itself.
 *
 * @module
 */

/** What others know an agent by. */
export interface AgentIdentity {
  /** UUID v7 chosen at registration. */
  id: string;
  name: string;
  groups: string[];
}

/** A token as it is kept for the next start; secret. */
export interface SavedToken {
  value: string;
  /** End of its life by the server's clock, ISO 8601; `null` when the token doesn't say. */
  expires_at: string | null;
  /** Life left when it was received, in milliseconds. */
  life_ms: number;
  /** Server's clock minus local wall clock when it was received, in milliseconds. */
  server_offset_ms: number;
}
