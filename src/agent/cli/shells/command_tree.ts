/**
 * The command line as plain data: what completions and the manual page are made of.
 *
 * Everything is read from the definitions that parse the arguments, so that neither can name an
 * option that there is not, or miss one that there is.
 *
 * @module
 */

import type { Argument, CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** What may stand where a value is expected. */
export interface Value {
  /** The word between the angle brackets of the definition, such as `file`. */
  name: string;
  /** The only values there are; empty when any text may stand there. */
  choices: readonly string[];
  /** What a shell offers: names of files, of folders, the choices, or nothing. */
  offers: "files" | "folders" | "choices" | "nothing";
}

/** An option of a command. */
export interface OptionNode {
  /** `--config`, and `-h` when there is a short form. */
  names: readonly string[];
  about: string;
  /** True when the command does not work without it. */
  required: boolean;
  /** Absent for a switch. */
  value?: Value;
}

/** What a command takes beside its options. */
export interface ArgumentNode extends Value {
  about: string;
  required: boolean;
  /** True when it may be given several times. */
  repeated: boolean;
}

/** A command, with all below it. */
export interface CommandNode {
  /** From the program on, such as `agent config check`. */
  path: string;
  name: string;
  about: string;
  /** What its help says after the options: explanations and examples. */
  notes: string;
  options: readonly OptionNode[];
  arguments: readonly ArgumentNode[];
  commands: readonly CommandNode[];
}

/** Describes `command` and every command below it that is not hidden. */
export function commandTree(command: CommandUnknownOpts, parent = ""): CommandNode {
  const path = `${parent} ${command.name()}`.trimStart();
  const help = command.createHelp();
  return {
    path,
    name: command.name(),
    about: command.description(),
    notes: notesOf(command),
    options: help.visibleOptions(command).map(optionNode),
    arguments: command.registeredArguments.map(argumentNode),
    commands: command.commands
      .filter((child) => help.visibleCommands(command).includes(child))
      .map((child) => commandTree(child, path)),
  };
}

/** The command itself and all below it, in the order of the definitions. */
export function allCommands(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)];
}

/** commander keeps these texts to itself: they are what its help has beyond the table. */
function notesOf(command: CommandUnknownOpts): string {
  const output = command.configureOutput();
  let text = "";
  command.configureOutput({ ...output, writeOut: (part) => void (text += part) });
  command.outputHelp();
  command.configureOutput(output);
  const table = command.helpInformation();
  return (text.startsWith(table) ? text.slice(table.length) : "").trim();
}

function optionNode(option: Option): OptionNode {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const node = { names, about: option.description + defaultOf(option), required: option.mandatory };
  if (!option.required && !option.optional) return node;
  const name = /[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? "value";
  return { ...node, value: valueNode(name, option.argChoices) };
}

function defaultOf({ defaultValue, defaultValueDescription }: Option): string {
  const text = defaultValueDescription ?? defaultValue;
  return text === undefined || text === false ? "" : ` (default: ${text})`;
}

function argumentNode(argument: Argument): ArgumentNode {
  return {
    ...valueNode(argument.name(), argument.argChoices),
    about: argument.description,
    required: argument.required,
    repeated: argument.variadic,
  };
}

function valueNode(name: string, choices: readonly string[] = []): Value {
  return { name, choices, offers: offersOf(name, choices) };
}

function offersOf(name: string, choices: readonly string[]): Value["offers"] {
  if (choices.length > 0) return "choices";
  if (/file$/i.test(name)) return "files";
  return /(folder|dir)$/i.test(name) ? "folders" : "nothing";
}
