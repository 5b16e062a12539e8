/**
 * `agent send`: the lines of standard input become events.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import { systemClock } from "../../../shared/clock.ts";
import { parseDuration } from "../../../shared/config/units.ts";
import { AgentError } from "../../../shared/errors.ts";
import { errorAnswer } from "../../control/error_body.ts";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { configOf } from "../queue/open.ts";
import { encodeLine } from "./encode_line.ts";
import { EventStore } from "./event_store.ts";
import { type InputLine, lineGroups } from "./read_lines.ts";
import { Receipt } from "./receipt.ts";

const EXAMPLES = `
Exit status 0 means that every line is on the disk, whether the agent runs or not; the server gets it like any other event.
Lines are sent as they come. When it ends in another way, the lines up to the one that is told are on the disk, and no others.
A line of text that is longer than 64 KiB is cut, and marked; empty lines are not sent. An agent that ends while it takes lines
may have taken up to 1000 of them that are sent again.

Examples:
  backup.sh 2>&1 | agent send --module backup
  tail -n 0 -F app.log | agent send --module app --quiet
  echo '{"event":{"action":"deploy","outcome":"success"},"service":{"version":"1.2"}}' |
    agent send --module deploy --ndjson --json`;

/** Longest line of text, and longest JSON object, in bytes. */
const MOST_TEXT_BYTES = 65_536;
const MOST_OBJECT_BYTES = 1_048_576;

/** Builds the command. */
export function sendCommand(io: CommandIo): CommandUnknownOpts {
  const command = describeCommand();
  command.action((options) => send(io, options));
  return command;
}

type Options = ReturnType<ReturnType<typeof describeCommand>["opts"]>;

function describeCommand() {
  return new Command("send")
    .description("send the lines of standard input as events; done when they are on the disk")
    .requiredOption("--module <name>", "whose events they are, such as backup", nameOf)
    .option("--collector <name>", "part of it", nameOf, "send")
    .option("--ndjson", "each line is a JSON object: the members of its event")
    .addOption(
      new Option("--timeout <duration>", "longest wait for room in the queue")
        .argParser(durationOf).default(30_000, "30s"),
    )
    .option("--quiet", "print nothing when all is well")
    .option("--json", "print the receipt as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES);
}

async function send(io: CommandIo, options: Options): Promise<void> {
  const { stdin, signal } = io;
  if (stdin === undefined) throw new Error("There is no standard input");
  const config = await configOf(io, options.config);
  if (io.isTerminal.stdin) io.stderr("Lines from here are sent; end them with Ctrl-D\n");
  const timeoutMs = options.timeout;
  using store = new EventStore(config, { clock: systemClock, signal, timeoutMs });
  const receipt = new Receipt();
  let failure: unknown;
  try {
    await storeAll(lineGroups(stdin(signal), bytesOf(options)), { store, receipt, options });
    signal.throwIfAborted();
  } catch (error) {
    failure = error;
  }
  tell(io, { receipt, options, via: store.via, failure });
  if (failure !== undefined) throw failure;
}

function bytesOf({ ndjson }: Options): number {
  return ndjson ? MOST_OBJECT_BYTES : MOST_TEXT_BYTES;
}

async function storeAll(
  groups: AsyncIterable<InputLine[]>,
  { store, receipt, options }: { store: EventStore; receipt: Receipt; options: Options },
): Promise<void> {
  const { module, collector, ndjson = false } = options;
  for await (const lines of groups) {
    const created = new Date(systemClock.now()).toISOString();
    const { events, wrong } = encodeAll(lines, { module, collector, ndjson, created });
    // What stands before a line that is wrong is sent: what is told is then true of all lines.
    if (events.length > 0) {
      const stored = lines.slice(0, events.length);
      const truncated = stored.filter((line) => line.truncated).length;
      const lastLine = stored.at(-1)?.number ?? 0;
      receipt.add(await store.append(events), { lastLine, truncated });
    }
    if (wrong !== undefined) throw wrong;
  }
}

function encodeAll(lines: readonly InputLine[], form: Parameters<typeof encodeLine>[1]) {
  const events: string[] = [];
  for (const line of lines) {
    try {
      events.push(encodeLine(line, form));
    } catch (wrong) {
      return { events, wrong };
    }
  }
  return { events };
}

function tell(
  io: CommandIo,
  { receipt, options, via, failure }: {
    receipt: Receipt;
    options: Options;
    via: EventStore["via"];
    failure: unknown;
  },
): void {
  if (options.json) {
    const error = failure instanceof AgentError ? errorAnswer(failure).body : undefined;
    io.stdout(receipt.json(via, failure === undefined ? undefined : error ?? STOPPED));
  } else if (!options.quiet || failure !== undefined) io.stdout(receipt.text(via));
}

const STOPPED = { code: "failed", message: "Stopped by a signal", hint: null };

function nameOf(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError("must be up to 64 letters, digits, dots, dashes or underscores");
}

function durationOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new InvalidArgumentError("must be a duration, such as 500ms, 30s or 2m");
}
