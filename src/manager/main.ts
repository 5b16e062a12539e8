/**
 * The program: starts a manager, says when it is ready, stops at a signal.
 *
 * @module
 */

import { configure } from "@logtape/logtape";
import { textOfJsonSchema } from "../shared/config/json_schema.ts";
import { exitStatus } from "../shared/errors.ts";
import { loadManagerConfig } from "./config/load.ts";
import { MANAGER_CONFIG } from "./config/schema.ts";
import { type LogLevel, parseOptions } from "./config/options.ts";
import { type RunningManager, startManager } from "./http/server.ts";

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

async function main(): Promise<void> {
  const { options, logLevel, config, printSchema } = parseOptions(Deno.args);
  if (printSchema) return console.log(textOfJsonSchema(MANAGER_CONFIG).trimEnd());
  await logToStderr(logLevel);
  const { manager_keepalive } = await loadManagerConfig({ ...config, env: Deno.env.toObject() });
  const running = await startManager({ ...options, keepAlive: manager_keepalive });
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

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`Cannot start the manager: ${error instanceof Error ? error.message : error}`);
    Deno.exit(exitStatus(error));
  }
}
