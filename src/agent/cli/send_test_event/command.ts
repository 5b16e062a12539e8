/**
 * `agent send-test-event`: puts events through the real path and waits for the server's word.
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
import type { Stream } from "../../../shared/protocol/wire.ts";
import { loadConfig } from "../../config/load.ts";
import { parseDuration, parseSize } from "../../../shared/config/units.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import type { CommandIo } from "../command_io.ts";
import { deliverTestEvents } from "./delivery.ts";
import { checkEventSize } from "./events.ts";
import {
  type DeliveryOutcome,
  notOpened,
  outcomeJson,
  outcomeOf,
  outcomeText,
  stoppedText,
} from "./outcome.ts";
import { openRoute, type Route } from "./route.ts";
import { warningLine } from "../warning.ts";
import { CONFIG_OPTION } from "../config_option.ts";

const EXAMPLES = `
With a running agent the events go through its queue; without one the queue is opened and just these are sent.
Events that are not acknowledged in time stay in the queue and leave with the next ones.
With --stateful the events are documents of the inventory, packages called agent-test-event, which are deleted again
once they have arrived.
With --json there is one document on standard output, however it ends; failed_step says where it
failed: open, store, log in, send or acknowledge.

Examples:
  agent send-test-event
  agent send-test-event --stateful --message "hello" --json
  agent send-test-event --count 10000 --size 1KB --timeout 1m`;

/** Progress is shown from this many events on. */
const MANY = 1_000;

/** Builds the command. */
export function sendTestEventCommand(io: CommandIo): CommandUnknownOpts {
  const command = describeCommand();
  command.action((options) => sendTestEvents(io, options));
  return command;
}

type Options = ReturnType<ReturnType<typeof describeCommand>["opts"]>;

function describeCommand() {
  return new Command("send-test-event")
    .description("send events through the queue and wait until the server has acknowledged them")
    .option("--stateful", "send stateful events instead of stateless ones")
    .option("--count <n>", "number of events, at most 1000000", countOf, 1)
    .option("--size <bytes>", "size of each event, such as 500 or 10KB, at most 1MB", sizeOf)
    .option("--message <text>", "text of each event")
    .addOption(
      new Option("--timeout <duration>", "longest wait for the acknowledgement")
        .argParser(durationOf).default(30_000, "30s"),
    )
    .option(...CONFIG_OPTION)
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES);
}

async function sendTestEvents(io: CommandIo, options: Options): Promise<void> {
  const outcome = await attempt(io, options);
  if (options.json) io.stdout(outcomeJson(outcome));
  else if (outcome.result.stored > 0) io.stdout(outcomeText(outcome));
  if (outcome.failure === undefined) return;
  if (outcome.failure.error === io.signal.reason) io.stderr(stoppedText(outcome));
  throw outcome.failure.error;
}

async function attempt(io: CommandIo, options: Options): Promise<DeliveryOutcome> {
  const delivery = deliveryOf(io, options);
  let opened: Route;
  try {
    opened = await open(io, options.config);
  } catch (error) {
    return notOpened(error);
  }
  await using route = opened;
  const progress = new Progress(io, options.count);
  const result = await deliverTestEvents(route, {
    ...delivery,
    onProgress: (reached) => progress.show(reached),
  });
  progress.end();
  return await outcomeOf(result, route, io.signal);
}

async function open(io: CommandIo, file: string | undefined): Promise<Route> {
  const warn = (text: string) => io.stderr(warningLine(text));
  const { config, warnings } = await loadConfig({ file, env: io.env });
  warnings.forEach(warn);
  new IdentityFile(config.agent.path.data).warnIfExposed(warn);
  return await openRoute(config, { warn, secrets: io.secrets });
}

/** @throws {AgentError} `usage` when the size cannot be had */
function deliveryOf(io: CommandIo, { stateful, count, size, message, timeout }: Options) {
  const stream: Stream = stateful ? "stateful" : "stateless";
  const shape = { stream, sizeBytes: size, message };
  checkEventSize(shape, count);
  return { ...shape, count, timeoutMs: timeout, clock: systemClock, signal: io.signal };
}

/** Tells at a terminal how far many events are, on one line that is written over. */
class Progress {
  readonly #io: CommandIo;
  readonly #count: number;
  #shown = "";

  constructor(io: CommandIo, count: number) {
    this.#io = io;
    this.#count = count;
  }

  show({ stored, settled }: { stored: number; settled: number }): void {
    if (this.#count < MANY || !this.#io.isTerminal.stderr) return;
    const text = `${stored} stored, ${settled} settled of ${this.#count}`;
    if (text !== this.#shown) this.#io.paint(`\r\x1b[K${text}`);
    this.#shown = text;
  }

  /** Leaves the line, so that what comes next has its own. */
  end(): void {
    if (this.#shown !== "") this.#io.stderr("\n");
  }
}

function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000_000) return count;
  throw new InvalidArgumentError("must be a whole number from 1 to 1000000");
}

function sizeOf(text: string): number {
  const bytes = /^\d+$/.test(text) ? Number(text) : parseSize(text);
  if (bytes !== undefined && bytes > 0 && bytes <= 1_000_000) return bytes;
  throw new InvalidArgumentError(
    "must be a size of at least 1 byte and at most 1MB, such as 500 or 10KB",
  );
}

function durationOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new InvalidArgumentError("must be a duration, such as 500ms, 30s or 2m");
}
