/**
 * Completions for bash, from 3.2 on (which macOS still has).
 *
 * @module
 */

import { allCommands, type CommandNode, type OptionNode, type Value } from "./command_tree.ts";

/** A script that `source` or `/usr/share/bash-completion/completions` takes. */
export function bashCompletion(program: CommandNode): string {
  const { name } = program;
  const commands = allCommands(program);
  const offer = `_${name}_offer`;
  return `# bash completion for ${name}. Made by: ${name} completions bash
# shellcheck shell=bash disable=SC2207

# Whether the option $2 of the command $1 takes a value.
_${name}_takes_value() {
  case "$1 $2" in
${commands.flatMap(takingValues).join("\n")}
  esac
  return 1
}

# Offers what begins with $word: files, folders, or the words of $2.
${offer}() {
  local IFS=$' \\n'
  case "$1" in
  files) IFS=$'\\n' && compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
  folders) IFS=$'\\n' && compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word")) ;;
  choices) COMPREPLY=($(compgen -W "$2" -- "$word")) ;;
  esac
}

_${name}() {
  local path=${name} word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" index
  # --option=value arrives as three words.
  if [ "$word" = "=" ]; then
    word=""
  elif [ "$before" = "=" ]; then
    before="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    _${name}_takes_value "$path" "\${COMP_WORDS[index - 1]}" && continue
    case "$path \${COMP_WORDS[index]}" in
${commands.slice(1).map(({ path }) => `  ${quoted(path)}) path=${quoted(path)} ;;`).join("\n")}
    esac
  done
  COMPREPLY=()
  case "$path $before" in
${commands.flatMap((command) => valueCases(command, offer)).join("\n")}
  esac
  case "$path|\${word:0:1}" in
${commands.flatMap((command) => wordCases(command, offer)).join("\n")}
  esac
}

complete -F _${name} ${name}
`;
}

function takingValues(command: CommandNode): string[] {
  const taking = command.options.filter(({ value }) => value !== undefined);
  return taking.map((option) => `  ${patterns(command, option)}) return 0 ;;`);
}

function valueCases(command: CommandNode, offer: string): string[] {
  return command.options.flatMap((option) =>
    option.value === undefined
      ? []
      : [`  ${patterns(command, option)}) ${offer} ${offered(option.value)} && return ;;`]
  );
}

/** After a hyphen, and else: commands, options, and what the command's own arguments may be. */
function wordCases({ path, ...command }: CommandNode, offer: string): string[] {
  const options = command.options.flatMap(({ names }) => names);
  const names = command.commands.map(({ name }) => name);
  const argument = command.arguments[0];
  const others = argument === undefined || argument.offers === "nothing"
    ? `choices ${quoted((names.length === 0 ? options : names).join(" "))}`
    : offered(argument);
  return [
    `  ${quoted(`${path}|-`)}) ${offer} choices ${quoted(options.join(" "))} ;;`,
    `  ${quoted(`${path}|`)}*) ${offer} ${others} ;;`,
  ];
}

function patterns({ path }: CommandNode, { names }: OptionNode): string {
  return names.map((name) => quoted(`${path} ${name}`)).join(" | ");
}

function offered({ offers, choices }: Value): string {
  return offers === "choices" ? `choices ${quoted(choices.join(" "))}` : offers;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
