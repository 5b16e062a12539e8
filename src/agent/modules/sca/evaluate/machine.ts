/**
 * What rules may ask of the machine. How it is found out is for `scan/real_machine.ts`; the rules' meaning does not depend on it.
 *
 * @module
 */

/** A text, or why there is none, in a few words that name what is missing. */
export type Content = { text: string } | { missing: string };

/** What a command printed; `timedOut` says so when it did not come to an end. */
export type CommandOutput =
  | { stdout: string; stderr: string }
  | { missing: string }
  | { timedOut: string };

/** A machine. What is asked twice within a scan has the same answer. */
export interface Machine {
  /** Whether a path, links followed, is a file or a folder; a reason when that cannot be seen. */
  kindOf(path: string): "file" | "folder" | "other" | "absent" | { missing: string };
  /** The text of a file, links followed. */
  readFile(path: string): Content;
  /** The paths that a path with `*` stands for, in their order; itself when there is none in it. */
  expand(path: string): readonly string[];
  /** The files below a folder, links left out, in the order of their paths; `missing` when a folder cannot be read. */
  filesBelow(folder: string): { paths: readonly string[] } | { missing: string };
  /** Whether a process of that name is running; `undefined` when processes cannot be seen. */
  isRunning(name: string): boolean | undefined;
  /** Runs a command to its end. */
  run(command: string): Promise<CommandOutput>;
}
