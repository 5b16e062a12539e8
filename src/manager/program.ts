/**
 * The program around a manager: reads its options, starts it, says when it is ready, stops it at a signal.
 *
 * @module
 */

import { textOfJsonSchema } from "../shared/config/json_schema.ts";
import { AgentError, exitStatus, messageOf } from "../shared/errors.ts";
import { BackgroundOutput } from "../shared/log/background_output.ts";
import { configureLog, type LogHandle } from "../shared/log/log.ts";
import { type CommandLine, type MoreFlags, parseCommandLine } from "./config/command_line.ts";
import { loadManagerConfig } from "./config/load.ts";
import { type ManagerOptions, optionsFrom } from "./config/manager_options.ts";
import { readPassword } from "./config/password.ts";
import { MANAGER_CONFIG, type ManagerConfig } from "./config/schema.ts";
import { checkStart } from "./config/start_check.ts";
import { readUsers } from "./config/users.ts";
import type { RunningManager } from "./server.ts";

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** The one line of standard output, as JSON, once the manager is ready. */
export interface ReadyLine {
  ready: true;
  management_url: string;
  comms_url: string;
  /** The authority to trust; missing with plain HTTP. */
  ca_cert?: string;
}

/** What a program differs in that is more than the manager. */
interface ProgramParts extends MoreFlags {
  /** Starts it; `given` holds the values of its own flags, by their names in camel case. */
  start(
    options: Partial<ManagerOptions>,
    given: Readonly<Record<string, unknown>>,
  ): Promise<RunningManager>;
}

const MANAGER: ProgramParts = {
  name: "manager",
  flags: [],
  help: "",
  start: async (options) => (await import("./server.ts")).startManager(options),
};

/** Runs the program with the arguments `argv`; ends the process when it cannot start. */
export async function runProgram(argv: readonly string[], parts = MANAGER): Promise<void> {
  if (argv[0] === "export") return await orFail("", () => runExport(argv.slice(1)));
  if (argv[0] === "cluster") return await orFail("", () => runCluster(argv.slice(1)));
  const commandLine = parseCommandLine(argv, parts);
  if (commandLine.printSchema) return console.log(textOfJsonSchema(MANAGER_CONFIG).trimEnd());
  await orFail(`Cannot start the ${parts.name}: `, () => run(commandLine, parts));
}

async function orFail(before: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    console.error(`Error: ${before}${messageOf(error)}`);
    if (error instanceof AgentError && error.hint !== undefined) {
      console.error(`Try: ${error.hint}`);
    }
    Deno.exit(exitStatus(error));
  }
}

/** Loads what only these commands need. */
async function runCluster(argv: readonly string[]): Promise<void> {
  const { runClusterCommand } = await import("./cluster_cli/main.ts");
  const status = await runClusterCommand(argv);
  if (status !== 0) Deno.exit(status);
}

async function runExport(argv: readonly string[]): Promise<void> {
  const { runExportCommand } = await import("./export_cli/main.ts");
  await runExportCommand(argv);
}

async function run({ own, ...given }: CommandLine, parts: ProgramParts): Promise<void> {
  const { config, warnings } = await loadManagerConfig({ ...given, env: Deno.env.toObject() });
  for (const warning of warnings) console.error(`Warning: ${warning}`);
  checkStart(config);
  const stderr = new BackgroundOutput(Deno.stderr);
  const log = logTo(stderr, config.log);
  const password = await readPassword(config.manager.password_file);
  const users = await readUsers(config.manager.users_file, config.manager.user);
  const running = await parts.start({ ...optionsFrom(config), ...password, users }, own);
  stopAtSignal(running, { log, stderr });
  const ready: ReadyLine = {
    ready: true,
    management_url: running.managementUrl,
    comms_url: running.commsUrl,
    ...(running.caCertPath !== undefined && { ca_cert: running.caCertPath }),
  };
  console.log(JSON.stringify(ready));
}

/** Standard output belongs to the ready line. */
function logTo(stderr: BackgroundOutput, { level, format }: ManagerConfig["log"]): LogHandle {
  return configureLog({
    level,
    format,
    write: (line) => stderr.write(line),
    isTerminal: Deno.stderr.isTerminal(),
    noColor: Deno.noColor,
  });
}

/** The first signal stops in good order, the second at once. */
function stopAtSignal(
  running: RunningManager,
  { log, stderr }: { log: LogHandle; stderr: BackgroundOutput },
): void {
  let stopping = false;
  const onSignal = async () => {
    if (stopping) Deno.exit(130);
    stopping = true;
    await running.stop();
    log.close();
    await stderr.flush();
    Deno.exit(0);
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, onSignal);
}
