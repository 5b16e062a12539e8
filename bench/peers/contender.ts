/**
 * What takes part in the comparison.
 *
 * @module
 */

import type { ProgramLine } from "../support/pinned.ts";

/** Where a contender reads, writes and sends. */
export interface Stage {
  /** Empty folder on disk, for its configuration, queue and socket. */
  folder: string;
  /** The log to follow; exists and is empty. */
  input: string;
  sink: { httpUrl: string; tcpPort: number };
}

/** A program that follows a file and sends its lines. */
export interface Contender {
  /** Stable key in result files, such as `syslog_ng_json`. */
  name: string;
  /** For people, such as `syslog-ng, JSON`. */
  label: string;
  /** Version of the program; `undefined` when it isn't there. */
  version(): Promise<string | undefined>;
  /** What to do so that it is there. */
  install: string;
  /** Writes what it needs into the stage's folder, and says how to start it in the foreground. */
  prepare(stage: Stage): Promise<ProgramLine>;
}

/** First line that `command args` prints; `undefined` when it can't be run. */
export async function firstLineOf(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, { args }).output();
    return success ? new TextDecoder().decode(stdout).split("\n")[0] : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
