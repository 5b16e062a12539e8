/**
 * Programs on one processor.
 *
 * @module
 */

/** What is to be run. */
export interface ProgramLine {
  command: string;
  args: readonly string[];
}

/** How `line` is run on processor `core` only, by `taskset` of util-linux; as it is without one. */
export function pinned(line: ProgramLine, core: number | undefined): ProgramLine {
  if (core === undefined) return line;
  return { command: "taskset", args: ["--cpu-list", String(core), line.command, ...line.args] };
}
