/**
 * Completions for zsh.
 *
 * @module
 */

import {
  allCommands,
  type ArgumentNode,
  type CommandNode,
  type OptionNode,
  type Value,
} from "./command_tree.ts";

/** A script to be stored as `_agent` in a folder of `fpath`, or to be sourced after `compinit`. */
export function zshCompletion(program: CommandNode): string {
  const { name } = program;
  return `#compdef ${name}
# Made by: ${name} completions zsh

${allCommands(program).toReversed().map(functionOf).join("\n")}
if [ "$funcstack[1]" = "_${name}" ]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function functionOf(command: CommandNode): string {
  return command.commands.length === 0 ? leaf(command) : branch(command);
}

function leaf(command: CommandNode): string {
  const specs = [...command.options.map(optionSpec), ...command.arguments.map(argumentSpec)];
  return `${functionName(command.path)}() {
  _arguments -s ${specs.map((spec) => `\\\n    ${spec}`).join(" ")}
}
`;
}

/** A command with commands below it. */
function branch(command: CommandNode): string {
  const names = command.commands.map(({ name, about }) =>
    `    ${quoted(`${escaped(name)}:${about}`)}`
  );
  const cases = command.commands.map(({ name, path }) => `    ${name}) ${functionName(path)} ;;`);
  return `${functionName(command.path)}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a commands=(
${names.join("\n")}
  )
  _arguments -C ${command.options.map((option) => `\\\n    ${optionSpec(option)}`).join(" ")} \\
    '1: :->command' '*:: :->rest'
  case $state in
  command) _describe -t commands command commands ;;
  rest)
    case $words[1] in
${cases.join("\n")}
    esac
    ;;
  esac
}
`;
}

/** Such as `'(-h --help)'{-h,--help}'[show help]'`. */
function optionSpec({ names, about, value }: OptionNode): string {
  const written = names.map((name) => value && name.startsWith("--") ? `${name}=` : name);
  const rest = quoted(`[${bracketed(about)}]${value === undefined ? "" : valueSpec(value)}`);
  if (written.length === 1) return `${written[0]}${rest}`;
  return `${quoted(`(${names.join(" ")})`)}{${written.join(",")}}${rest}`;
}

function argumentSpec(argument: ArgumentNode): string {
  const place = argument.repeated ? "*" : argument.required ? "" : ":";
  return quoted(`${place}${valueSpec(argument)}`);
}

function valueSpec(value: Value): string {
  const actions = {
    files: "_files",
    folders: "_files -/",
    choices: `(${value.choices.join(" ")})`,
    nothing: " ",
  };
  return `:${escaped(value.name)}:${actions[value.offers]}`;
}

function functionName(path: string): string {
  return `_${path.replaceAll(/[^a-z0-9]+/gi, "_")}`;
}

function escaped(text: string): string {
  return text.replaceAll(":", "\\:");
}

function bracketed(text: string): string {
  return text.replaceAll(/[[\]\\]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
