/**
 * The words of the commands: what comes from the server, what goes back, and what lies between.
 *
 * @module
 */

import type { z } from "zod";
import type { CommandResult } from "../../shared/protocol/commands.ts";

/** A command after a look at its form. What `args` must be is known to its executor only. */
export interface Command {
  document_id: string;
  /** Name of the action. */
  action: string;
  /** `{}` when the server sent none. */
  args: unknown;
  /** How long it may run. */
  timeout_ms: number;
  /** Within this time of its receipt it has to begin; then its sender has given it up. */
  start_within_ms: number;
  /** True when its sender wants to be asked before it begins. */
  confirm_start?: boolean;
  /** Who gave the order, as far as it says so. */
  from?: CommandOrigin;
}

/** Who gave an order. */
export interface CommandOrigin {
  source?: string;
  user?: string;
  /** The key that it is signed with. */
  key_id?: string;
}

/** Says whether what came may be carried out at all. */
export interface Admission {
  /** Why not, in one line; `undefined` when it may. `member` is the command as it came. */
  refusal(member: unknown, command: Command): string | undefined;
}

/** What an executor may know of the command it runs. */
export interface ExecutionContext {
  document_id: string;
  /** Aborted when the time is up or the agent stops: whatever was started must then end. */
  signal: AbortSignal;
  /** Stores how far the command is, as its result's data until there is a result. @default nothing is stored */
  noteData?(data: object): Promise<void>;
  /** Resolves when no command of another kind runs that the end of the agent would cut off. @default at once */
  othersIdle?(): Promise<void>;
}

/**
 * Runs one kind of command. `execute` resolves with success or failure; what it throws becomes a failure with the error's message.
 * The runner, not the executor, deals with the time limit: it aborts the signal and answers code 3.
 */
export interface Executor<Args = unknown> {
  /** Name of the action, such as `set-group`. */
  readonly action: string;
  /** What `args` must look like; the runner checks before it calls. */
  readonly args: z.ZodType<Args>;
  /** True when a stop of the agent is what the command is for: its result is then a success, given by the next start. */
  readonly resultAfterRestart?: boolean;
  execute(args: Args, context: ExecutionContext): Promise<CommandResult>;
  /**
   * What came of a command that the end of the agent interrupted; asked by the next start, and rejects only with the signal's reason.
   *
   * @default success where `resultAfterRestart`, else failure
   */
  resume?(documentId: string, signal: AbortSignal): Promise<CommandResult>;
}
