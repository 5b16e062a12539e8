/**
 * `manager export`: the events of a manager as lines of JSON, to a file or to standard output.
 *
 * @module
 */

import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { exitAfterUsage } from "../../shared/cli/flag_values.ts";
import { tellUsage } from "../../shared/cli/usage.ts";
import { systemClock } from "../../shared/clock.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { readSecretLine } from "../nats/secret_file.ts";
import { exportEvents } from "./export_events.ts";
import { ExportFile } from "./export_file.ts";
import { EventSource } from "./event_source.ts";

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

const HELP = `
Without --output the lines go to standard output, and --after says where to begin. A file is gone on
with behind its last whole line, so the same command can be given again and again.

  $ manager export --url https://manager:55000 --ca-cert ca.pem --password-file pw --output events.ndjson
  $ manager export --url https://manager:55000 --password-file pw --after 120000 --follow | consumer`;

/**
 * Runs the command.
 *
 * @param argv what comes after `export`
 */
export async function runExportCommand(argv: readonly string[]): Promise<void> {
  const options = parse(argv);
  using file = options.output === undefined ? undefined : ExportFile.open(options.output);
  using client = clientOf(options.caCert);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, stop);
  await exportEvents({
    clock: systemClock,
    source: new EventSource({
      url: options.url.replace(/\/+$/, ""),
      user: options.user,
      password: passwordIn(options.passwordFile),
      fetch: (url, init) => fetch(url, { ...init, ...(client && { client }) }),
    }),
    after: file?.last ?? options.after,
    follow: options.follow ?? false,
    write: (text) => file === undefined ? toStdout(text) : file.write(text),
    warn: (text) => console.error(`Warning: ${text}`),
    signal: stopping.signal,
  });
  for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, stop);
}

function parse(argv: readonly string[]) {
  const program = new Command()
    .name("manager export")
    .description("Writes the events that a manager keeps as lines of JSON, each once, in order.")
    .requiredOption("--url <url>", "management API of the manager, such as https://manager:55000")
    .requiredOption("--password-file <file>", "file, mode 0600, whose first line is the password")
    .option("--user <name>", "a user who may look", "wazuh")
    .option("--ca-cert <file>", "authority to trust (ca.pem of the manager's data folder)")
    .option("--output <file>", "file to write to, and to go on with")
    .option("--after <number>", "begin behind the event of this number", eventNumber, "0")
    .option("--follow", "go on with what comes, until stopped")
    .addHelpText("after", HELP);
  tellUsage(program);
  program.exitOverride(exitAfterUsage);
  return program.parse([...argv], { from: "user" }).opts();
}

/** As `number` of a line says it. */
function eventNumber(text: string): string {
  if (/^[\d.,]{1,2000}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be the number of an event.");
}

function clientOf(caCert: string | undefined): Deno.HttpClient | undefined {
  if (caCert === undefined) return undefined;
  try {
    return Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(caCert)] });
  } catch (error) {
    throw unusable("--ca-cert", error);
  }
}

function passwordIn(path: string): string {
  try {
    return readSecretLine(path);
  } catch (error) {
    throw unusable("--password-file", error);
  }
}

function unusable(flag: string, error: unknown): AgentError {
  return new AgentError("config_invalid", `${flag}: ${messageOf(error)}`, { cause: error });
}

/** A reader that is slow is waited for. */
async function toStdout(text: string): Promise<void> {
  const writer = Deno.stdout.writable.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
  } finally {
    writer.releaseLock();
  }
}
