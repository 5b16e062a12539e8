/**
 * The command line of the swarm.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { exitAfterUsage, positiveNumber, wholeNumber } from "../../src/shared/cli/flag_values.ts";
import { DEFAULTS } from "../../src/manager/config/manager_options.ts";

/** A manager that runs already, or several of one cluster. */
export interface GivenManager {
  /** One address for each manager, at least one. */
  managementUrls: string[];
  /** Likewise; or one that stands before all of them. */
  commsUrls: string[];
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

With several managers the agents begin at one after the other, and take the next one when theirs is
gone. A batch that was not answered is sent again under its id until it is, so managers and servers
may be killed meanwhile: what is stored has to be what was answered all the same.

Examples:
  $ deno task swarm
  $ deno task swarm --agents 500 --rate 50 --seconds 10 --json
  $ deno task swarm --url https://127.0.0.1:55000 --comms-url https://127.0.0.1:27000 \\
      --ca-cert ~/manager/ca.pem
  $ deno task swarm --agents 50 --rate 20 --url https://m1:55000,https://m2:55000 \\
      --comms-url https://m1:27000,https://m2:27000 --ca-cert ca.pem`;

/**
 * Reads the command line. Prints help and ends the process for `--help`; ends it with exit status 2
 * for wrong usage.
 *
 * @param argv without the program itself
 */
export function parseSwarmOptions(argv: readonly string[]): SwarmCommandLine {
  const program = createProgram();
  program.exitOverride(exitAfterUsage);
  program.parse([...argv], { from: "user" });
  const { url, commsUrl, caCert, json = false, ...options } = program.opts();
  if ((url === undefined) !== (commsUrl === undefined)) {
    program.error("error: --url and --comms-url go together");
  }
  const manager = url === undefined || commsUrl === undefined
    ? undefined
    : { managementUrls: listed(url), commsUrls: listed(commsUrl), caCertPath: caCert };
  return { options: { ...options, http: options.http ?? false, manager }, json };
}

function listed(urls: string): string[] {
  return urls.split(",").map((url) => url.trim());
}

function createProgram() {
  return new Command()
    .name("swarm")
    .description(ABOUT)
    .option("--agents <count>", "simulated agents", positiveNumber, 5_000)
    .option("--rate <count>", "batches a second over all agents", positiveNumber, 500)
    .option("--batch-events <count>", "events in a batch", positiveNumber, 10)
    .option("--seconds <count>", "how long batches are sent", positiveNumber, 60)
    .option("--http", "plain HTTP in place of TLS, for the swarm's own manager")
    .option(
      "--login-rate <count>",
      "log-ins a second that the swarm's own manager takes, 0 for any number",
      wholeNumber,
      DEFAULTS.loginRate,
    )
    .option(
      "--url <url>",
      "management API of a manager that runs already, or of all of a cluster, with commas between",
    )
    .option("--comms-url <url>", "comms API of that manager, or of all of them")
    .option("--ca-cert <file>", "authority of that manager")
    .option("--user <name>", "user of the management API", DEFAULTS.user)
    .option("--password <password>", "the user's password", DEFAULTS.password)
    .option("--json", "print one JSON document, in place of text")
    .addHelpText("after", NOTES);
}
