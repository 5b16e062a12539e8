/**
 * The program around a manager: reads its options, starts it, says when it is ready, stops it at a signal.
 *
 * @module
 */

import type { Option } from "@commander-js/extra-typings";
import { configure } from "@logtape/logtape";
import { textOfJsonSchema } from "../shared/config/json_schema.ts";
import { exitStatus, messageOf } from "../shared/errors.ts";
import { loadManagerConfig } from "./config/load.ts";
import type { ManagerOptions } from "./config/manager_options.ts";
import { type LogLevel, parseOptions } from "./config/options.ts";
import { MANAGER_CONFIG } from "./config/schema.ts";
import { type RunningManager, startManager } from "./server.ts";

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** What a program differs in that is more than the manager. */
interface ProgramParts {
  /** As it is called in its help. */
  name: string;
  /** Flags of its own. */
  flags: readonly Option[];
  /** Put behind the help. */
  help: string;
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
  start: (options) => startManager(options),
};

/** Runs the program with the arguments `argv`; ends the process when it cannot start. */
export async function runProgram(argv: readonly string[], parts = MANAGER): Promise<void> {
  try {
    await run(argv, parts);
  } catch (error) {
    console.error(`Cannot start the manager: ${messageOf(error)}`);
    Deno.exit(exitStatus(error));
  }
}

async function run(argv: readonly string[], parts: ProgramParts): Promise<void> {
  const { options, own, logLevel, config, printSchema } = parseOptions(argv, parts);
  if (printSchema) return console.log(textOfJsonSchema(MANAGER_CONFIG).trimEnd());
  await logToStderr(logLevel);
  const { manager_keepalive } = await loadManagerConfig({ ...config, env: Deno.env.toObject() });
  const running = await parts.start({ ...options, keepAlive: manager_keepalive }, own);
  stopAtSignal(running);
  console.log(JSON.stringify({
    ready: true,
    management_url: running.managementUrl,
    comms_url: running.commsUrl,
    ...(running.caCertPath !== undefined && { ca_cert: running.caCertPath }),
  }));
}

/** One short line a message; standard output belongs to the ready line. */
async function logToStderr(lowestLevel: LogLevel): Promise<void> {
  const encoder = new TextEncoder();
  await configure({
    sinks: {
      stderr: ({ timestamp, level, message }) => {
        const time = new Date(timestamp).toISOString();
        const line = message.join("").replace(/\p{Cc}/gu, escaped);
        Deno.stderr.writeSync(encoder.encode(`${time} ${level} ${line}\n`));
      },
    },
    loggers: [
      { category: "manager", sinks: ["stderr"], lowestLevel },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}

/** What comes from outside must not end a line, nor command the terminal. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The first signal stops in good order, the second at once. */
function stopAtSignal(running: RunningManager): void {
  let stopping = false;
  const onSignal = async () => {
    if (stopping) Deno.exit(130);
    stopping = true;
    await running.stop();
    Deno.exit(0);
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, onSignal);
}
