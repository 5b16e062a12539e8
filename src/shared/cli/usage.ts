/**
 * How wrong usage is told, by every program alike: one line that says what is wrong, one that says what to try.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Where a program writes. */
interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** The words that call `command`, from the program on. */
function commandPath(command: CommandUnknownOpts): string {
  const { parent } = command;
  return parent === null ? command.name() : `${commandPath(parent)} ${command.name()}`;
}

/** The help that says how `command` is used. */
export function usageHint(command: CommandUnknownOpts): string {
  return `${commandPath(command)} --help`;
}

/** Gives `command` and all below it the same flag for help and the same manner of telling what is wrong. */
export function tellUsage(command: CommandUnknownOpts, output: Output = PROCESS): void {
  command.helpOption("-h, --help", "show help");
  command.configureOutput({
    writeOut: (text) => output.stdout(text),
    writeErr: (text) => output.stderr(text),
    outputError: (text, write) => write(`Error: ${usageProblem(text)}\n`),
  });
  command.showHelpAfterError(`Try: ${usageHint(command)}`);
  for (const child of command.commands) tellUsage(child, output);
}

/** What the parser says, on one line: it puts what was perhaps meant on a line of its own. */
export function usageProblem(text: string): string {
  return text.trim().replace(/^error: /i, "").replace(/\n\(Did you mean/, " (Did you mean");
}

const PROCESS: Output = {
  stdout: (text) => console.log(text.replace(/\n$/, "")),
  stderr: (text) => console.error(text.replace(/\n$/, "")),
};
