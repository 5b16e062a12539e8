/**
 * `agent queue`: looking into the durable queue, and mending it.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { positiveNumber, wholeNumber } from "../../../shared/cli/flag_values.ts";
import type { CliIo } from "../cli_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { momentOf, SINCE_FLAGS } from "../since.ts";
import { exportEvents } from "./export.ts";
import { importEvents } from "./import.ts";
import { pattern, streamName } from "./flags.ts";
import { peek } from "./peek.ts";
import { purge } from "./purge.ts";
import { repair } from "./repair.ts";
import { stat } from "./stat.ts";
import { verify } from "./verify.ts";

const DEFAULT_PEEK = 10;

const EXAMPLES = `
All but repair work with the agent running and stopped; all but repair, import
and purge change nothing.
What they print as JSON is described in docs/queue.md.

Examples:
  agent queue stat
  agent queue peek --stream stateless -n 3
  agent queue verify && echo sound
  agent queue export --since 1h --out events.ndjson`;

/** Builds the command. */
export function queueCommand(io: CliIo): CommandUnknownOpts {
  const command = new Command("queue")
    .description("look into the queue: what is in it, is it sound; export or repair it")
    .addHelpText("after", EXAMPLES);
  command.command("stat")
    .description("show how much is queued, since when, and from which modules")
    .option("--json", "print it as JSON")
    .option(...CONFIG_OPTION)
    .action((options) => stat(io, options));
  command.command("peek")
    .description("show the oldest events, as they will be sent")
    .option("-n, --count <n>", `how many of each stream (default ${DEFAULT_PEEK})`, positiveNumber)
    .option("--stream <name>", "only this stream: stateless or stateful", streamName)
    .option("--module <name>", "only events of this module")
    .option("--redact <pattern>", "hide what matches this regular expression", pattern)
    .option("--json", "print a line of JSON for each")
    .option(...CONFIG_OPTION)
    .action(({ count = DEFAULT_PEEK, ...options }) => peek(io, { count, ...options }));
  command.command("verify")
    .description("check the file, every event, batch, checkpoint and account; 1 when one is wrong")
    .option("--json", "print it as JSON")
    .option(...CONFIG_OPTION)
    .action((options) => verify(io, options));
  command.command("repair")
    .description("move a damaged queue aside, and keep all that can be read of it; agent stopped")
    .option("--json", "print it as JSON")
    .option(...CONFIG_OPTION)
    .action((options) => repair(io, options));
  command.command("export")
    .description("write events as lines of JSON, oldest first; they stay in the queue")
    .option("--stream <name>", "only this stream: stateless or stateful", streamName)
    .option("--module <name>", "only events of this module")
    .option(SINCE_FLAGS, "only those stored since: 30m, or 2026-01-31T08:00:00Z", momentOf)
    .option(
      "--after <number>",
      "only events with a higher number, to go on from there",
      wholeNumber,
    )
    .option("--redact <pattern>", "hide what matches this regular expression", pattern)
    .option("--out <file>", "write to a new file instead of standard output")
    .option(...CONFIG_OPTION)
    .action((options) => exportEvents(io, options));
  command.command("import <file>")
    .description("put exported events back, behind all that is queued")
    .option("--json", "print what was done as JSON")
    .option(...CONFIG_OPTION)
    .action((file, options) => importEvents(io, file, options));
  command.command("purge")
    .description("give up events that are too old to be of use; the loss ledger says how many")
    .option("--stream <name>", "of this stream: stateless or stateful", streamName)
    .option("--older <time>", "stored before: 7d, or 2026-01-31T08:00:00Z", momentOf)
    .option("--yes", "they are lost for good, and that is meant")
    .option("--json", "print what was done as JSON")
    .option(...CONFIG_OPTION)
    .action((options) => purge(io, options));
  return command as CommandUnknownOpts;
}
