/**
 * The manual page `agent(1)`, made from the definitions of the commands.
 *
 * @module
 */

import { defaultPlaces } from "../../config/places.ts";
import {
  allCommands,
  type ArgumentNode,
  type CommandNode,
  type OptionNode,
} from "../shells/command_tree.ts";
import { bold, entry, italic, plain, prose, quoted, section, subsection } from "./roff.ts";

/** The page as roff, for `man -l -` or `/usr/share/man/man1`. */
export function manPage(program: CommandNode, version: string): string {
  const { name, about } = program;
  const commands = allCommands(program).filter(({ commands }) => commands.length === 0);
  const parts = [
    // Without a date: the same version then gives the same bytes.
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`${name} ${version}`)} "User Commands"`,
    section("Name", `${plain(name)} \\- ${plain(about.replace(/\.$/, ""))}`),
    section("Synopsis", `${bold(name)} ${italic("command")} [${italic("options")}]`),
    section("Description", prose(DESCRIPTION)),
    section("Options", ...program.options.map(optionEntry)),
    section("Commands", ...commands.map(commandPart)),
    section("Environment", ...ENVIRONMENT.map(([term, text]) => entry(bold(term), text))),
    section("Files", ...files().map(([term, text]) => entry(italic(term), text))),
    ...notesAsSections(program.notes),
  ];
  return `${parts.join("\n")}\n`;
}

const DESCRIPTION = `
The agent is registered once with a manager. It then follows log files, keeps every event on disk until the manager has acknowledged it, and carries out the commands that come from there.`;

const ENVIRONMENT: readonly [string, string][] = [
  ["AGENT_CONFIG", "Configuration file, when --config does not name one."],
  [
    "AGENT_*",
    "Each option of the file has a variable: its key in upper case with _ between, without the section agent. agent.server_url is AGENT_SERVER_URL, queue.max_bytes is AGENT_QUEUE_MAX_BYTES.",
  ],
  ["AGENT_PASSWORD", "Password for agent register, when no option gives one."],
  [
    "AGENT_ENROLLMENT_TOKEN",
    "Enrolment token for agent register, when it gives no user and no file.",
  ],
  [
    "AGENT_SUPERVISED",
    "Set by a service manager that starts the agent again when it ends with status 75.",
  ],
  ["NO_COLOR", "When set, logs have no colours."],
];

function files(): [string, string][] {
  const { configFile, data, run } = defaultPlaces("linux");
  return [
    [configFile, "Configuration."],
    [`${data}/identity.json`, "Who the agent is, and its key; only its user may read it."],
    [`${data}/agent.db`, "What waits to be delivered, and how far each file has been read."],
    [`${run}/agent.sock`, "Local API of the running agent, used by the other commands."],
  ];
}

function commandPart(command: CommandNode): string {
  const usage = [
    bold(command.path),
    ...command.arguments.map(argumentUsage),
    ...command.options.filter(isItsOwn).map(optionUsage),
  ].join(" ");
  return subsection(
    command.path,
    usage,
    `.PP\n${plain(sentence(command.about))}`,
    ...command.arguments.map((argument) =>
      entry(argumentUsage(argument), argumentMeaning(argument))
    ),
    ...command.options.filter(isItsOwn).map(optionEntry),
    ...(command.notes === "" ? [] : [prose(command.notes)]),
  );
}

/** Every command has --help. */
function isItsOwn({ names }: OptionNode): boolean {
  return !names.includes("--help");
}

function optionUsage(option: OptionNode): string {
  return option.required ? optionTerm(option) : `[${optionTerm(option)}]`;
}

function argumentUsage({ name, required, repeated }: ArgumentNode): string {
  const term = `${italic(name)}${repeated ? " ..." : ""}`;
  return required ? term : `[${term}]`;
}

function argumentMeaning({ about, choices }: ArgumentNode): string {
  return sentence(choices.length === 0 ? about : `${about}: ${choices.join(", ")}`);
}

function optionEntry(option: OptionNode): string {
  const choices = option.value?.choices ?? [];
  const about = choices.length === 0 ? option.about : `${option.about}: ${choices.join(", ")}`;
  return entry(optionTerm(option), sentence(about));
}

function optionTerm({ names, value }: OptionNode): string {
  const written = names.map(bold).join(", ");
  return value === undefined ? written : `${written} ${italic(value.name)}`;
}

/** `Exit statuses:` and the like, with what is under them. */
function notesAsSections(notes: string): string[] {
  return notes.split(/\n(?=\S)/).map((part) => {
    const [title = "", ...lines] = part.trim().split("\n");
    return section(title.replace(/:$/, ""), prose(lines.join("\n")));
  });
}

function sentence(text: string): string {
  return text === "" ? "" : `${text[0]?.toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}
