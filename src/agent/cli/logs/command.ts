/**
 * `agent logs`: what the agent says of itself, from its log file, else from the journal.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from "@commander-js/extra-typings";
import { type Clock, systemClock } from "../../../shared/clock.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { STORED } from "../../config/stored.ts";
import { rememberStoredSecrets } from "../../identity/stored_secrets.ts";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { journalLines } from "./journal.ts";
import { jsonOfLine, textOfLine } from "./line_text.ts";
import { lastLines, newLines } from "./log_lines.ts";

const DEFAULT_LINES = 100;
const MAX_LINES = 100_000;

const EXAMPLES = `
From log.file when that is set, else from the journal of the unit. --follow ends with Ctrl-C.

Examples:
  agent logs
  agent logs --follow --lines 0
  agent logs --json | jq 'select(.level == "error")'`;

/** Where lines are read from, and how many. */
interface LogRequest {
  file: string | undefined;
  unit: string;
  lines: number;
  follow: boolean;
}

/** Builds the command. */
export function logsCommand(
  io: CommandIo,
  { clock = systemClock }: { clock?: Clock } = {},
): CommandUnknownOpts {
  return new Command("logs")
    .description("show the agent's own log, and follow it")
    .option("--follow", "go on with lines as they come, until Ctrl-C")
    .option("--lines <n>", `how many, the newest (default ${DEFAULT_LINES})`, parseLines)
    .option("--unit <name>", "unit of the journal (default agent)")
    .option("--json", "print each line as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(
      async ({ config: path, json, follow = false, lines = DEFAULT_LINES, unit = "agent" }) => {
        const { config } = await loadConfig({ file: path, env: io.env, ...STORED });
        rememberStoredSecrets(config.agent.path.data, io.secrets);
        const shown = json ? jsonOfLine : textOfLine;
        const request = { file: config.log.file, unit, lines, follow };
        for await (const group of logLines(request, { clock, signal: io.signal })) {
          try {
            io.stdout(group.map(shown).join(""));
          } catch (error) {
            // Whoever read it has seen enough.
            if (error instanceof Deno.errors.BrokenPipe) return;
            throw error;
          }
        }
      },
    );
}

async function* logLines(
  { file, ...request }: LogRequest,
  context: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<string[]> {
  if (file === undefined) return yield* journalLines({ ...request, ...context });
  const { lines, offset } = readEnd(file, request.lines);
  yield lines;
  if (request.follow) yield* newLines(file, offset, context);
}

function readEnd(file: string, count: number): ReturnType<typeof lastLines> {
  try {
    return lastLines(file, count);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    throw new AgentError("failed", `Cannot read the log "${file}": ${messageOf(error)}`, {
      cause: error,
      hint: isMissing
        ? "an agent that was started with this log.file writes it: agent status says whether it runs"
        : "run this as root or as the user that the agent runs as",
    });
  }
}

function parseLines(text: string): number {
  const lines = Number(text);
  if (/^\d+$/.test(text) && lines <= MAX_LINES) return lines;
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${MAX_LINES}.`);
}
