/**
 * The command line of the swarm.
 *
 * @module
 */

import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { DEFAULTS } from "../../mock_server/manager_options.ts";

/** A manager that runs already. */
export interface GivenManager {
  managementUrl: string;
  commsUrl: string;
  /** File with the authority to trust, besides those of the system. */
  caCertPath: string | undefined;
}

/** What a swarm does, and to whom. */
export interface SwarmOptions {
  agents: number;
  /** Batches a second, over all agents. */
  rate: number;
  batchEvents: number;
  /** How long the batches are sent, in seconds. */
  seconds: number;
  user: string;
  password: string;
  /** Without one the swarm starts a manager of its own. */
  manager: GivenManager | undefined;
  /** Of the swarm's own manager. */
  http: boolean;
  /** Of the swarm's own manager: log-ins a second, 0 for any number. */
  loginRate: number;
}

/** What the command line says. */
export interface SwarmCommandLine {
  options: SwarmOptions;
  json: boolean;
}

const ABOUT = "Many simulated agents at one manager: real log-ins, a long poll each, batches of " +
  "events, a command to all of them, and two restarts of the manager, the first with its signing " +
  "key kept, the second with the key lost.";

const NOTES = `
Each agent has two connections of its own, so both processes need twice as many open files (ulimit
-n). The manager's memory and CPU are read on Linux only; they and the restarts are left out for a
manager given with --url.

Examples:
  $ deno task swarm
  $ deno task swarm --agents 500 --rate 50 --seconds 10 --json
  $ deno task swarm --url https://127.0.0.1:55000 --comms-url https://127.0.0.1:27000 \\
      --ca-cert /tmp/manager/ca.pem`;

/**
 * Reads the command line. Prints help and ends the process for `--help`; ends it with exit status 2
 * for wrong usage.
 *
 * @param argv without the program itself
 */
export function parseSwarmOptions(argv: readonly string[]): SwarmCommandLine {
  const program = createProgram();
  program.exitOverride((error) => Deno.exit(error.exitCode === 0 ? 0 : 2));
  program.parse([...argv], { from: "user" });
  const { url, commsUrl, caCert, json = false, ...options } = program.opts();
  if ((url === undefined) !== (commsUrl === undefined)) {
    program.error("error: --url and --comms-url go together");
  }
  const manager = url === undefined || commsUrl === undefined
    ? undefined
    : { managementUrl: url, commsUrl, caCertPath: caCert };
  return { options: { ...options, http: options.http ?? false, manager }, json };
}

function createProgram() {
  return new Command()
    .name("swarm")
    .description(ABOUT)
    .option("--agents <count>", "simulated agents", positive, 5_000)
    .option("--rate <count>", "batches a second over all agents", positive, 500)
    .option("--batch-events <count>", "events in a batch", positive, 10)
    .option("--seconds <count>", "how long batches are sent", positive, 60)
    .option("--http", "plain HTTP in place of TLS, for the swarm's own manager")
    .option(
      "--login-rate <count>",
      "log-ins a second that the swarm's own manager takes, 0 for any number",
      whole,
      DEFAULTS.loginRate,
    )
    .option("--url <url>", "management API of a manager that runs already")
    .option("--comms-url <url>", "comms API of that manager")
    .option("--ca-cert <file>", "authority of that manager")
    .option("--user <name>", "user of the management API", DEFAULTS.user)
    .option("--password <password>", "the user's password", DEFAULTS.password)
    .option("--json", "print one JSON document, in place of text")
    .addHelpText("after", NOTES);
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Not a whole number");
  return Number(text);
}

function positive(text: string): number {
  const value = whole(text);
  if (value === 0) throw new InvalidArgumentError("At least 1");
  return value;
}
