/**
 * The command line as a whole: which commands there are, and what to do with what they throw.
 *
 * Only the command that is called is loaded, so that `agent status` does not pay for `agent run`.
 *
 * @module
 */

import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { AgentError, EXIT_STATUS, exitStatus, messageOf } from "../../shared/errors.ts";
import { tellUsage, usageHint, usageProblem } from "../../shared/cli/usage.ts";
import { priorityPrefix } from "../../shared/log/priority.ts";
import { visible } from "../../shared/text.ts";
import { VERSION } from "../../shared/version.ts";
import { warningLine } from "./warning.ts";
import type { CliIo } from "./cli_io.ts";
import { errorAnswer } from "../control/error_body.ts";
import { toldError } from "../platform/told_error.ts";
import { type CommandIo, guarded } from "./command_io.ts";
import { SCAN_COMMAND } from "../modules/fim/scan/scan_command.ts";
import { SCAN_COMMAND as POLICY_SCAN_COMMAND } from "../modules/sca/scan/scan_command.ts";

interface Entry {
  name: string;
  description: string;
  load: (io: CommandIo, wholeProgram: WholeProgram) => Promise<CommandUnknownOpts>;
}

/** Gives the program with every command loaded, for those that describe them all. */
type WholeProgram = () => Promise<CommandUnknownOpts>;

const COMMANDS: readonly Entry[] = [
  {
    name: "register",
    description: "register this agent at a server's management API",
    load: async (io) =>
      (await import("./register/command.ts")).registerCommand(io, { version: VERSION }),
  },
  {
    name: "unregister",
    description: "remove this agent at its server, and its identity here",
    load: async (io) => (await import("./unregister.ts")).unregisterCommand(io),
  },
  {
    name: "run",
    description: "run the agent in the foreground until SIGTERM or SIGINT",
    load: async (io) => (await import("./run.ts")).runCommand(io),
  },
  {
    name: "service",
    description: "install, remove or look at the agent as a service of this machine",
    load: async (io) => (await import("./service/command.ts")).serviceCommand(io),
  },
  {
    name: "status",
    description: "show how the running agent is, or what is queued when none runs",
    load: async (io) => (await import("./status/command.ts")).statusCommand(io),
  },
  {
    name: "doctor",
    description: "check everything the agent needs, and say what is wrong and what to do",
    load: async (io) => (await import("./doctor/command.ts")).doctorCommand(io),
  },
  {
    name: "logs",
    description: "show the agent's own log, and follow it",
    load: async (io) => (await import("./logs/command.ts")).logsCommand(io),
  },
  {
    name: "send",
    description: "send the lines of standard input as events",
    load: async (io) => (await import("./send/command.ts")).sendCommand(io),
  },
  {
    name: "send-test-event",
    description: "send events through the queue and wait for the acknowledgement",
    load: async (io) => (await import("./send_test_event/command.ts")).sendTestEventCommand(io),
  },
  {
    name: "reload",
    description: "have the running agent read its configuration again",
    load: async (io) => (await import("./reload.ts")).reloadCommand(io),
  },
  {
    name: "modules",
    description: "list the modules, and enable, disable, scan or reset one",
    load: async (io) => (await import("./modules/command.ts")).modulesCommand(io),
  },
  {
    name: "inventory",
    description: "show what is on this machine now: packages, ports, users …",
    load: async (io) => (await import("./inventory/command.ts")).inventoryCommand(io),
  },
  {
    name: "sca",
    description: "check this machine by a policy now, or look for mistakes in one",
    load: async (io) => (await import("./sca/command.ts")).scaCommand(io),
  },
  {
    name: "commands",
    description: "list the commands that came from the server",
    load: async (io) => (await import("./commands/command.ts")).commandsCommand(io),
  },
  {
    name: "queue",
    description: "look into the queue: what is in it, is it sound; export or repair it",
    load: async (io) => (await import("./queue/command.ts")).queueCommand(io),
  },
  {
    name: "dead-letters",
    description: "list, show and export what the server refused, send it again or drop it",
    load: async (io) => (await import("./dead_letters/command.ts")).deadLettersCommand(io),
  },
  {
    name: "losses",
    description: "list what was lost, when and why",
    load: async (io) => (await import("./losses/command.ts")).lossesCommand(io),
  },
  {
    name: "remote",
    description: "list what a server had this machine do: who, what, when, result",
    load: async (io) => (await import("./remote.ts")).remoteCommand(io),
  },
  {
    name: "responses",
    description: "list what the server has enabled against somebody here, and revert it",
    load: async (io) => (await import("./responses/command.ts")).responsesCommand(io),
  },
  {
    name: "upgrade",
    description: "replace this agent by a signed release, or go back to the one before",
    load: async (io) => (await import("./upgrade/command.ts")).upgradeCommand(io),
  },
  {
    name: "keys",
    description: "list the keys whose signatures this machine believes",
    load: async (io) => (await import("./keys.ts")).keysCommand(io),
  },
  {
    name: "release",
    description: "sign what agents may download: keygen, sign, verify",
    load: async (io) => (await import("./release/command.ts")).releaseCommand(io),
  },
  {
    name: "config",
    description: "check and show the configuration",
    load: async (io) =>
      (await import("./config/command.ts")).configCommand(io) as CommandUnknownOpts,
  },
  {
    name: "completions",
    description: "print completions for bash, zsh, fish or PowerShell",
    load: async (io, whole) => (await import("./completions.ts")).completionsCommand(io, whole),
  },
  {
    name: "help",
    description: "show the help of a command, or with man the manual page",
    load: async (io, whole) => (await import("./help.ts")).helpCommand(io, whole, commandNames()),
  },
];

function commandNames(): string[] {
  return COMMANDS.map(({ name }) => name);
}

const EXIT_TEXTS: Record<keyof typeof EXIT_STATUS, string> = {
  failed: "failed",
  usage: "wrong usage",
  not_running: "not running (status)",
  not_registered: "not registered",
  config_invalid: "configuration invalid",
  credentials_refused: "refused by the server: user, password or key",
  server_unreachable: "server unreachable",
  data_folder_locked: "another agent holds the data folder",
  name_taken: "name or id taken at the server",
  certificate_untrusted: "server's certificate not trusted",
  folder_unusable: "data or run folder not usable",
  already_registered: "already registered",
  event_refused: "event refused by the server",
  not_acknowledged: "event not acknowledged in time",
  database_unusable: "database not usable by this version",
  health_degraded: "degraded (status --check)",
  health_failing: "failing (status --check)",
};

/** Runs the command in `args` and gives the exit status of the process. */
export async function runProgram(args: readonly string[], process: CliIo): Promise<number> {
  const { io, hasPrinted } = watched(guarded(process));
  for (const text of process.warnings ?? []) io.stderr(warningLine(text));
  try {
    const program = await createProgram(io, (name) => args.includes(name));
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (thrown) {
    const error = toldError(thrown);
    const status = reportError(error, io);
    // A command that has a document of its own for its failure has printed that.
    if (status !== 0 && args.includes("--json") && !hasPrinted()) {
      io.stdout(`${errorDocument(error)}\n`);
    }
    return status;
  }
}

/** `io`, and whether anything was written to its standard output. */
function watched(io: CommandIo): { io: CommandIo; hasPrinted: () => boolean } {
  let printed = false;
  const stdout = (text: string) => {
    printed = true;
    io.stdout(text);
  };
  return { io: { ...io, stdout }, hasPrinted: () => printed };
}

/** Only the commands that are `wanted` are loaded; of the others there is a line in the help. */
async function createProgram(
  io: CommandIo,
  wanted: (name: string) => boolean,
): Promise<CommandUnknownOpts> {
  const program = new Command("agent")
    .description("Collects events on this machine and delivers each of them to a manager.")
    .version(VERSION, "-V, --version", "print the version")
    .helpCommand(false)
    .addHelpText("after", `\nExit statuses:\n${exitStatusTexts()}`)
    .addHelpText("after", FIRST_STEPS);
  const wholeProgram = () => createProgram(io, () => true);
  for (const { name, description, load } of COMMANDS) {
    program.addCommand(
      wanted(name) ? await load(io, wholeProgram) : new Command(name).description(description),
    );
  }
  if (wanted(SCAN_COMMAND)) {
    // How the agent starts a child of itself; nobody else has to know.
    program.addCommand((await import("./scan_files.ts")).scanFilesCommand(io), { hidden: true });
  }
  if (wanted(POLICY_SCAN_COMMAND)) {
    const { checkPoliciesCommand } = await import("./check_policies.ts");
    program.addCommand(checkPoliciesCommand(io), { hidden: true });
  }
  tellUsage(program, io);
  throwInsteadOfEnding(program);
  return program;
}

function throwInsteadOfEnding(command: CommandUnknownOpts): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : new UsageError(error, command);
  });
  for (const child of command.commands) throwInsteadOfEnding(child);
}

/** Wrong usage; the parser has told it on standard error already. */
class UsageError extends CommanderError {
  readonly hint: string;

  constructor({ exitCode, code, message }: CommanderError, command: CommandUnknownOpts) {
    super(exitCode, code, usageProblem(message));
    this.hint = usageHint(command);
  }
}

function reportError(error: unknown, io: CliIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_STATUS.usage;
  if (io.signal.aborted && !(error instanceof AgentError)) return signalStatus(io.signal.reason);
  // In the journal too it has to be found as an error.
  const mark = io.toJournal ? priorityPrefix("error") : "";
  io.stderr(`${mark}Error: ${messageText(error)}\n`);
  if (error instanceof AgentError && error.hint !== undefined) {
    io.stderr(`${mark}Try: ${error.hint}\n`);
  }
  return exitStatus(error);
}

/** What a script finds on standard output when a command has failed before it had anything to print. */
function errorDocument(error: unknown): string {
  const isUsage = error instanceof UsageError;
  const told = isUsage
    ? { code: "usage", message: error.message, hint: error.hint }
    : errorAnswer(error).body;
  return JSON.stringify({ error: told });
}

/** Only the list of everything that is wrong with a configuration has lines of its own. */
function messageText(error: unknown): string {
  const isList = error instanceof AgentError && error.code === "config_invalid";
  return isList ? messageOf(error) : visible(messageOf(error));
}

/** As a shell tells it: 128 and the number of the signal. */
function signalStatus(reason: unknown): number {
  return reason === "SIGTERM" ? 143 : 130;
}

const RESTART_TEXT = "   75  to be started again by the service manager (run)";

function exitStatusTexts(): string {
  const lines = Object.entries(EXIT_STATUS).map(([code, status]) =>
    `  ${String(status).padStart(3)}  ${EXIT_TEXTS[code as keyof typeof EXIT_STATUS]}`
  );
  return ["    0  done", ...lines, RESTART_TEXT, "  130, 143  ended by a signal while working"]
    .join("\n");
}

const FIRST_STEPS = `
First steps:
  agent register --url https://manager.example:55000 --user wazuh --ca-cert ca.pem
  agent run --config /etc/agent/agent.yaml
  agent send-test-event
  agent status`;
