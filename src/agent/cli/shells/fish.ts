/**
 * Completions for fish, from 3.0 on.
 *
 * @module
 */

import { allCommands, type CommandNode, type OptionNode, type Value } from "./command_tree.ts";

/** A script for `~/.config/fish/completions` or `/usr/share/fish/vendor_completions.d`. */
export function fishCompletion(program: CommandNode): string {
  const { name } = program;
  const commands = allCommands(program);
  return `# fish completion for ${name}. Made by: ${name} completions fish

# Whether the command typed so far is $argv[1].
function __${name}_at
    set -l path ${name}
    for word in (commandline -opc)[2..-1]
        switch "$path $word"
            case ${commands.slice(1).map(({ path }) => quoted(path)).join(" ")}
                set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end

complete -c ${name} -f
${commands.flatMap((command) => linesOf(command, name)).join("\n")}
`;
}

function linesOf(command: CommandNode, program: string): string[] {
  const start = `complete -c ${program} -n ${quoted(`__${program}_at "${command.path}"`)}`;
  return [
    ...command.commands.map(({ name, about }) => `${start} -a ${name} -d ${quoted(about)}`),
    ...command.options.map((option) => `${start} ${optionOf(option)}`),
    ...command.arguments.flatMap((argument) => {
      const offered = offeredFor(argument);
      return offered === "" ? [] : [`${start} ${offered} -d ${quoted(argument.about)}`];
    }),
  ];
}

function optionOf({ names, about, value }: OptionNode): string {
  const flags = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
  );
  // -r wants a value; -x also keeps names of files away.
  const taken = value === undefined
    ? []
    : [value.offers === "files" ? "-r" : "-x", offeredFor(value)];
  return [...flags, ...taken, `-d ${quoted(about)}`].filter((part) => part !== "").join(" ");
}

function offeredFor({ offers, choices }: Value): string {
  switch (offers) {
    case "files":
      return "-F";
    case "folders":
      return "-a '(__fish_complete_directories)'";
    case "choices":
      return `-a ${quoted(choices.join(" "))}`;
    case "nothing":
      return "";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
