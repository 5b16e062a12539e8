/**
 * `agent completions`: prints what makes a shell complete the agent's commands and options.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CliIo } from "./cli_io.ts";
import type { CommandNode } from "./shells/command_tree.ts";

/** The shells there are completions for. */
const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

type Shell = typeof SHELLS[number];

const EXAMPLES = `
The packages install them; this is for everyone else. A new shell has them.

Examples:
  agent completions bash > ~/.local/share/bash-completion/completions/agent
  agent completions zsh > /usr/local/share/zsh/site-functions/_agent
  agent completions fish > ~/.config/fish/completions/agent.fish
  agent completions powershell >> $PROFILE`;

/** Builds the command; `wholeProgram` gives all commands with their options. */
export function completionsCommand(
  io: CliIo,
  wholeProgram: () => Promise<CommandUnknownOpts>,
): CommandUnknownOpts {
  return new Command("completions")
    .description("print completions for a shell")
    .addArgument(new Argument("<shell>", "shell that they are for").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action(async (shell) => {
      const { commandTree } = await import("./shells/command_tree.ts");
      io.stdout(await completionFor(shell, commandTree(await wholeProgram())));
    });
}

/** The completions of `program` for `shell`; only that shell's part is loaded. */
export async function completionFor(shell: Shell, program: CommandNode): Promise<string> {
  switch (shell) {
    case "bash":
      return (await import("./shells/bash.ts")).bashCompletion(program);
    case "zsh":
      return (await import("./shells/zsh.ts")).zshCompletion(program);
    case "fish":
      return (await import("./shells/fish.ts")).fishCompletion(program);
    case "powershell":
      return (await import("./shells/powershell.ts")).powershellCompletion(program);
  }
}
