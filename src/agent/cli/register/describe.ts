/**
 * What `agent register` takes on its command line.
 *
 * @module
 */

import { Command, Option } from "@commander-js/extra-typings";

const EXAMPLES = `
Give the password with --password-stdin or --password-file; without them it is taken from the
variable AGENT_PASSWORD, or asked for. --password is for throw-away tests only: other users of this
machine, its logs and the shell's history can see it.
An enrolment token, which a server of this family makes for a number of agents, stands on the first
line of the file that --token-file names, or in AGENT_ENROLLMENT_TOKEN; it can register agents and nothing else.
Run by root where the data folder is the service's user's, root reads password or token and writes the
configuration, and the rest is done as that user.
With --force the agent gets a new identity; events that still wait are sent under the new one. At the same
server the new agent takes the place of the old, which is proved by the old key.

Examples:
  agent register --url https://manager.example:55000 --user wazuh --ca-cert ca.pem
  agent register --url https://localhost:55000 --user wazuh --password-file secret.txt --name web-1 --write-config
  agent register --url https://manager.example:55000 --token-file /etc/agent/enrollment.token
  pass show manager | agent register --url https://localhost:55000 --user wazuh --password-stdin`;

/** What was given on the command line. */
export type RegisterOptions = ReturnType<ReturnType<typeof describeCommand>["opts"]>;

/** The command without what it does. */
export function describeCommand() {
  return new Command("register")
    .description("Register this agent at a server's management API")
    .requiredOption("--url <url>", "management API, such as https://manager:55000")
    .option("--user <name>", "user of the management API who may register agents")
    .option(
      "--token-file <file>",
      "file with an enrolment token, in place of a user and a password",
    )
    .option("--password-file <file>", "file whose first line is the password")
    .option("--password-stdin", "read the password from standard input")
    .option("--password <password>", "the password, for throw-away tests only: it can be seen")
    .option("--name <name>", "name of the agent (default: the host's name)")
    .option("--key <key>", "key of the agent, 32 letters and digits (default: a new one)")
    .addOption(
      new Option(
        "--id-version <version>",
        "version of the agent's id, a UUID (default: 7, and 4 at a server that asks for it)",
      )
        .choices(["4", "7"] as const),
    )
    .option("--groups <names>", "groups to be in, with commas between")
    .option("--ca-cert <file>", "CA certificates to trust (default: agent.ca_cert)")
    .addOption(
      new Option("--verification-mode <mode>", "how the server's certificate is checked")
        .choices(["full", "certificate", "none"] as const),
    )
    .option("--config <file>", "configuration file")
    .option("--write-config", "write agent.server_url, and agent.ca_cert if given, into it")
    .option(
      "--server-url <url>",
      "comms API that the agent is to use (default: that of the configuration, else port 27000 of the same host)",
    )
    .option(
      "--force",
      "make a new identity even if there is one; at the same server it replaces the old",
    )
    .addOption(
      new Option("--unless-registered", "do nothing, and succeed, if there is an identity already")
        .conflicts("force"),
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES);
}
