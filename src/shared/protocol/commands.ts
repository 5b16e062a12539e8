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
