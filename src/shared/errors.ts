/**
 * The one error class of the agent and the one table that turns an error into an exit status.
 *
 * @module
 */

/**
 * Exit status of each error code. The README and `agent --help` list them; scripts depend on the numbers, so a
 * number is never given a new meaning.
 */
export const EXIT_STATUS = {
  failed: 1,
  usage: 2,
  not_running: 3,
  not_registered: 4,
  config_invalid: 5,
  credentials_refused: 6,
  server_unreachable: 7,
  data_folder_locked: 8,
  name_taken: 9,
  certificate_untrusted: 10,
  folder_unusable: 11,
  already_registered: 12,
  event_refused: 13,
  not_acknowledged: 14,
  database_unusable: 15,
  health_degraded: 16,
  health_failing: 17,
} as const;

/** Names what went wrong; a key of {@linkcode EXIT_STATUS}. */
export type ErrorCode = keyof typeof EXIT_STATUS;

/** What an {@linkcode AgentError} carries beside its message. */
interface AgentErrorOptions {
  /** What made it fail. */
  cause?: unknown;
  /** What the user can do about it; printed on a line of its own that starts with `Try:`. */
  hint?: string;
}

/**
 * An error with a message meant for a person.
 *
 * Messages read `Cannot open queue "/x/agent.db": current schema is 7`: sentence case, quoted values, no full stop.
 */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: AgentErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
  }
}

/** The exit status for `error`: that of its code, or 1 for an error that is not ours. */
export function exitStatus(error: unknown): number {
  return error instanceof AgentError ? EXIT_STATUS[error.code] : EXIT_STATUS.failed;
}

/** The text of anything that can be thrown; what the system says of a file is put in plain words. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return plainFileProblem(error) ?? error.message;
}

/** Such as `Permission denied (os error 13): writefile '/x'`: the caller has named the file already. */
const SYSTEM_MESSAGE = /^([^():]+) \(os error \d+\)(?:: \w+ '.*)?$/s;

/** What is left of an error of the file system when the runtime's own words are taken away. */
function plainFileProblem(error: Error): string | undefined {
  if (/^Requires all access to "/.test(error.message)) {
    return "this place cannot be read";
  }
  const said = SYSTEM_MESSAGE.exec(error.message)?.[1];
  if (said === undefined) return undefined;
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return said.charAt(0).toLowerCase() + said.slice(1);
}
