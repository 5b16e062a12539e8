/**
 * The command line of the manager.
 *
 * @module
 */

import { Command, InvalidArgumentError, type Option } from "@commander-js/extra-typings";
import type { FlagValue } from "../../shared/config/text_source.ts";
import { exitAfterUsage, reading, wholeNumber } from "./command_line.ts";
import { VERSION } from "../../shared/version.ts";
import { addConfigFlags, givenConfigFlags } from "./flags.ts";
import { DEFAULTS, type ManagerOptions } from "./manager_options.ts";
import { parseDuration, parseSize } from "./units.ts";

/** How much is logged. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** What the command line says. */
interface CommandLine {
  options: Partial<ManagerOptions>;
  /** Values of the flags that the program has beside the manager's. */
  own: Readonly<Record<string, unknown>>;
  logLevel: LogLevel;
  /** Options of the configuration file that are given as flags, and the file. */
  config: { file: string | undefined; flags: FlagValue[] };
  /** True when the schema of the configuration file is asked for, and nothing else. */
  printSchema: boolean;
}

/** What a program has beside the manager's options. */
interface MoreFlags {
  /** Of the program. */
  name: string;
  flags: readonly Option[];
  /** Put behind the help. */
  help: string;
}

const EXAMPLES = `
Examples:
  $ deno task manager --data-dir /tmp/manager
  $ deno task manager --http --management-port 0 --comms-port 0

Options of the configuration file, each also taken from the environment (MANAGER_KEEPALIVE_INTERVAL),
stand in config/manager.yaml; their flags are listed last above. Lists have commas between.

Durations are written 500ms, 30s, 5m or 1h; sizes 512KiB or 10MB.

When it is ready, the manager prints one line of JSON:
  {"ready":true,"management_url":"...","comms_url":"...","ca_cert":"..."}`;

/**
 * Reads the command line. Prints help and ends the process for `--help`; ends it with exit status 2
 * for wrong usage.
 *
 * @param argv without the program itself
 */
export function parseOptions(
  argv: readonly string[],
  more: MoreFlags = { name: "manager", flags: [], help: "" },
): CommandLine {
  const program = createProgram(more.name).addHelpText("after", more.help);
  for (const flag of more.flags) program.addOption(flag);
  addConfigFlags(program);
  program.exitOverride(exitAfterUsage);
  program.parse([...argv], { from: "user" });
  const given = program.opts();
  if (given.passwordFile !== undefined && given.password !== undefined) {
    program.error("error: --password and --password-file exclude each other");
  }
  const options = definedOnly({
    host: given.host,
    managementPort: given.managementPort,
    commsPort: given.commsPort,
    http: given.http,
    dataFolder: given.dataDir,
    user: given.user,
    password: given.passwordFile === undefined
      ? given.password
      : readPassword(program, given.passwordFile),
    tokenTtlMs: given.tokenTtl,
    loginRate: given.loginRate,
    pollTimeoutMs: given.pollTimeout,
    maxBodyBytes: given.maxBody,
    keepEvents: given.keepEvents,
    idempotencyKeys: given.idempotencyKeys,
    acceptCommandsUrl: given.acceptCommandsUrl,
    offerGraceMs: given.offerGrace,
    archiveAfterMs: given.archiveAfter,
    removeAfterMs: given.removeAfter,
  });
  return {
    options,
    own: given,
    logLevel: given.logLevel ?? "info",
    config: { file: given.config, flags: givenConfigFlags(program) },
    printSchema: given.printSchema ?? false,
  };
}

function createProgram(name: string) {
  return new Command()
    .name(name)
    .description("Runs the manager: registers agents and takes their events.")
    .version(VERSION, "--version", "print the version")
    .option("--host <address>", `address to listen on (default: ${DEFAULTS.host})`)
    .option(
      "--management-port <port>",
      "port of the management API, 0 for any (default: 55000)",
      port,
    )
    .option("--comms-port <port>", "port of the comms API, 0 for any (default: 27000)", port)
    .option("--http", "plain HTTP in place of TLS")
    .option("--data-dir <folder>", "keep everything in this folder (default: in memory)")
    .option("--user <name>", `user of the management API (default: ${DEFAULTS.user})`)
    .option("--password <password>", `the user's password (default: ${DEFAULTS.password})`)
    .option("--password-file <file>", "read the password from the first line of a file")
    .option("--token-ttl <duration>", "life of a token (default: 900s)", reading(parseDuration))
    .option(
      "--login-rate <count>",
      "log-ins of agents a second, the others get 429; 0 for any number (default: 500)",
      wholeNumber,
    )
    .option(
      "--poll-timeout <duration>",
      "how long a poll is held (default: 30s)",
      reading(parseDuration),
    )
    .option("--max-body <size>", "limit for request bodies (default: 10MB)", reading(parseSize))
    .option("--keep-events <count>", "events kept in the store (default: 100000)", wholeNumber)
    .option(
      "--idempotency-keys <count>",
      "keys remembered for each agent (default: 10000)",
      wholeNumber,
    )
    .option(
      "--accept-commands-url <url>",
      "hand new orders on over HTTP, by this URL of this manager's management API",
      baseUrl,
    )
    .option(
      "--offer-grace <duration>",
      "when an order without a result is offered again (default: 5s)",
      reading(parseDuration),
    )
    .option(
      "--archive-after <duration>",
      "when finished orders are archived (default: 1h)",
      reading(parseDuration),
    )
    .option(
      "--remove-after <duration>",
      "when archived orders are removed (default: 168h)",
      reading(parseDuration),
    )
    .option("--config <file>", "configuration file, see config/manager.yaml (default: none)")
    .option("--print-schema", "print the JSON Schema of the configuration file, and end")
    .option(
      "--log-level <level>",
      "debug, info, warning or error (default: info)",
      level,
    )
    .addHelpText("after", EXAMPLES);
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without the options that were not given, so that their defaults hold. */
function definedOnly<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}

function readPassword(program: { error(message: string): never }, file: string): string {
  try {
    return Deno.readTextFileSync(file).split(/\r?\n/)[0] ?? "";
  } catch (error) {
    return program.error(`error: cannot read "${file}": ${(error as Error).message}`);
  }
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError("A port is at most 65535");
  return value;
}

function baseUrl(text: string): string {
  if (!/^https?:\/\/[^/]+\/*$/.test(text)) {
    throw new InvalidArgumentError("Not a URL such as https://127.0.0.1:55000");
  }
  return text.replace(/\/+$/, "");
}

function level(text: string): LogLevel {
  const levels: LogLevel[] = ["debug", "info", "warning", "error"];
  const found = levels.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`One of ${levels.join(", ")}`);
  return found;
}
