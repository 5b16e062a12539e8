/**
 * What the journal says about the commands that it was given.
 *
 * @module
 */

import type { CommandResult } from "../../shared/protocol/commands.ts";
import type { MalformedCommand } from "./parse_command.ts";
import type { Command } from "./types.ts";

/** A command that waits for its turn. */
export interface WaitingCommand extends Pick<Command, "document_id" | "action"> {
  /** After how many milliseconds its time to begin is over. */
  startWithinMs: number;
  /** Whether its sender wants to be asked before it begins. */
  confirmStart?: boolean;
}

/** A command that does not wait any more. */
export type AnsweredCommand = Pick<Command, "document_id" | "action">;

/** What became of a list of commands. */
export interface Receipt {
  /** To be run, in order. */
  accepted: WaitingCommand[];
  /** Members whose command was known. */
  repeated: number;
  /** Members that are no commands; those with an id were answered. */
  malformed: MalformedCommand[];
  /** Commands that were answered with a failure because too many wait. */
  refused: AnsweredCommand[];
  /** Commands that must not be carried out here, and why. */
  denied: (AnsweredCommand & { problem: string })[];
  /** Members with an id that are neither kept nor answered, since too many answers wait already. */
  left: number;
}

/** What the process before left behind. */
export interface Recovery {
  /** To be run, in order. */
  waiting: WaitingCommand[];
  /** Results given now to what was running. */
  interrupted: (AnsweredCommand & { result: CommandResult })[];
  /** They run still, as far as the journal knows: their executors tell later what came of them. */
  resumed: AnsweredCommand[];
}

/** What became of a command whose turn came. */
export type Start =
  | { kind: "begun"; command: Command }
  | { kind: "late" | "damaged"; result: CommandResult };
