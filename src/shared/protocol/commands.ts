/**
 * Commands as the agent keeps them: what came of one, and how far it is.
 *
 * @module
 */

/** 0 success, 1 failure, 2 in progress, 3 time-out. */
type ResultCode = 0 | 1 | 2 | 3;

/** What came of a command; goes back to the server. */
export interface CommandResult {
  code: ResultCode;
  message: string;
  data?: string;
}

/** One row of the record of what a server had this machine do. Times are milliseconds since 1970. */
export interface RemoteAction {
  number: number;
  document_id: string;
  action: string | null;
  /** As JSON, cut. */
  args: string | null;
  source: string | null;
  user: string | null;
  /** The key that signed the order. */
  key_id: string | null;
  received_ms: number;
  done_ms: number | null;
  code: ResultCode | null;
  message: string | null;
  /** 1 for what was refused without being begun. */
  denied: 0 | 1;
}

/** Where a command is. Each step is committed before the next begins. */
export type CommandState = "received" | "running" | "done" | "reported";

/** A command in the journal, without what only its execution needs. Times are milliseconds since 1970. */
export interface JournalEntry {
  number: number;
  document_id: string;
  /** `null` for a malformed command that names none. */
  action: string | null;
  state: CommandState;
  code: ResultCode | null;
  message: string | null;
  data: string | null;
  received_ms: number;
  started_ms: number | null;
  done_ms: number | null;
  reported_ms: number | null;
  /** When its result was found to have left the queue. */
  delivered_ms: number | null;
}
