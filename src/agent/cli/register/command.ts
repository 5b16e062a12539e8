/**
 * `agent register`: makes this machine known to a server, once.
 *
 * @module
 */

import { resolve } from "node:path";
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { register, type RegistrationOrder } from "../../app/registration.ts";
import { fetchFirstGroupFiles } from "../../app/first_group_files.ts";
import { checkShared, loadConfig } from "../../config/load.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { GroupFile } from "../../../shared/protocol/groups.ts";
import { currentPlatform } from "../../../shared/config/platform.ts";
import { defaultPlaces } from "../../config/places.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { readMachineId } from "../../platform/machine_id.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import type { CommandIo } from "../command_io.ts";
import { groupsOf } from "./groups.ts";
import { argumentsFor, otherOwnerOf, registerAsOwner } from "./as_owner.ts";
import { asJson, asText, rootText } from "./result.ts";
import { passwordSource } from "./password.ts";
import { commsUrlFor, writeServer } from "./write_config.ts";
import { warningLine } from "../warning.ts";
import { tokenSource } from "./token.ts";

/** What the command does not find out by itself. */
interface RegisterDeps extends Pick<RegistrationOrder, "createTransport"> {
  /** Version of the agent. */
  version: string;
}

const EXAMPLES = `
Give the password with --password-stdin or --password-file; without them it is taken from the
variable AGENT_PASSWORD, or asked for. --password is for throw-away tests only: other users of this
machine, its logs and the shell's history can see it.
An enrolment token, which a server of this family makes for a number of agents, stands on the first
line of the file that --token-file names; it can register agents and nothing else.
Run by root where the data folder is the service's user's, root writes the configuration, and the rest is done as
that user: a token file has to be one that it can read.
With --force the agent gets a new identity; events that still wait are sent under the new one. At the same
server the new agent takes the place of the old, which is proved by the old key.

Examples:
  agent register --url https://manager.example:55000 --user wazuh --ca-cert ca.pem
  agent register --url https://localhost:55000 --user wazuh --password-file secret.txt --name web-1 --write-config
  agent register --url https://manager.example:55000 --token-file /etc/agent/enrollment.token
  pass show manager | agent register --url https://localhost:55000 --user wazuh --password-stdin`;

/** Builds the command. Its action throws an {@linkcode AgentError} for whatever went wrong. */
export function registerCommand(io: CommandIo, deps: RegisterDeps): CommandUnknownOpts {
  const command = describeCommand();
  command.action(async (options) => {
    const given = argumentsFor(command as CommandUnknownOpts);
    const result = await registerAs(io, options, { ...deps, given });
    if (result === undefined) return;
    if ("identity_file" in result) {
      return io.stdout(options.json ? `${JSON.stringify(result)}\n` : ALREADY);
    }
    const { identity, ...done } = result;
    io.stdout(options.json ? asJson(identity, done) : asText(identity, done));
  });
  return command;
}

/** What was given on the command line. */
type RegisterOptions = ReturnType<ReturnType<typeof describeCommand>["opts"]>;

function describeCommand() {
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

async function registerAs(
  io: CommandIo,
  options: RegisterOptions,
  { given, ...deps }: RegisterDeps & { given: readonly string[] },
) {
  const managementUrl = checkUrl(options.url);
  const admission = admissionOf(io, options);
  if (options.key !== undefined) io.secrets.add(options.key);
  const warn = (text: string) => io.stderr(warningLine(text));
  if (options.password !== undefined) warnOfArguments("--password", warn);
  if (options.key !== undefined) warnOfArguments("--key", warn);
  const sources = { file: options.config, env: io.env, flags: flagsOf(options) };
  const groups = groupsOf(options.groups);
  const loaded = await loadConfig(sources);
  loaded.warnings.forEach(warn);
  const folder = loaded.config.agent.path.data;
  const existing = new IdentityFile(folder);
  if (options.unlessRegistered && existing.exists()) {
    return { schema: 1, already_registered: true, identity_file: existing.path };
  }
  const file = loaded.file ?? resolve(options.config ?? (io.env.AGENT_CONFIG || USUAL_FILE));
  const commsUrl = commsUrlFor({ ...options, url: managementUrl }, loaded);
  // Before the server is asked: a file that cannot be written must not cost a registration.
  const change = options.writeConfig
    ? writeServer(io, file, { commsUrl, caCert: options.caCert })
    : undefined;
  const asking = { managementUrl, admission, groups, warn };
  try {
    const owner = Deno.build.standalone ? otherOwnerOf(folder) : undefined;
    if (owner === undefined) {
      const { config } = change === undefined ? loaded : await loadConfig(sources);
      const identity = await register(config, { ...deps, ...await orderOf(io, options, asking) });
      await fetchGroups(io, { config, sources, warn });
      return { identity, path: existing.path, file, written: change?.written ?? [] };
    }
    const password = options.user === undefined ? undefined : await admission.password();
    const status = await registerAsOwner(owner, { args: given, password });
    if (status === 0) return io.stderr(rootText(change?.written ?? [], file));
    change?.undo();
    // It has said why.
    Deno.exit(status);
  } catch (error) {
    change?.undo();
    throw error;
  }
}

/** What was found out before the server is asked. */
interface Asking {
  managementUrl: string;
  admission: ReturnType<typeof admissionOf>;
  groups: readonly string[];
  warn: (text: string) => void;
}

async function orderOf(
  io: CommandIo,
  options: RegisterOptions,
  { managementUrl, admission, groups, warn }: Asking,
): Promise<Omit<RegistrationOrder, "version">> {
  const host = readHostInfo();
  return {
    managementUrl,
    ...admission,
    name: checkName(options.name ?? host.hostname),
    ...(options.key !== undefined && { key: options.key }),
    ...(options.idVersion !== undefined && { idVersion: options.idVersion === "4" ? 4 : 7 }),
    groups,
    host,
    machineId: await readMachineId(),
    force: options.force === true,
    signal: io.signal,
    secrets: io.secrets,
    warn,
  };
}

const ALREADY = "Registered already\n";

const USUAL_FILE = defaultPlaces(currentPlatform()).configFile;

/** What the groups' files are asked for with. */
interface GroupFetch {
  config: AgentConfig;
  sources: Parameters<typeof checkShared>[1];
  warn: (text: string) => void;
}

/** The agent is registered, whatever comes of this. */
async function fetchGroups(io: CommandIo, { config, sources, warn }: GroupFetch): Promise<void> {
  const { signal, secrets } = io;
  const check = (files: readonly GroupFile[]) => checkShared(files, sources);
  const missing = await fetchFirstGroupFiles(config, { check, signal, secrets });
  if (missing === undefined) return;
  warn(`The files of the groups are not here yet, the agent asks again when it runs: ${missing}`);
}

function flagsOf({ serverUrl, caCert, verificationMode }: RegisterOptions) {
  const flags = [
    { path: "agent.server_url", flag: "--server-url", value: serverUrl },
    { path: "agent.ca_cert", flag: "--ca-cert", value: caCert },
    { path: "agent.verification_mode", flag: "--verification-mode", value: verificationMode },
  ];
  return flags.flatMap(({ value, ...rest }) => value === undefined ? [] : [{ ...rest, value }]);
}

function checkUrl(text: string): string {
  const url = URL.parse(text);
  const usable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "" && url.search === "" && url.hash === "";
  if (usable) return url.href.replace(/\/+$/, "");
  // The text is not repeated: it may hold a password.
  throw new AgentError("usage", "Cannot use --url: it must read https://HOST:PORT", {
    hint: "agent register --url https://localhost:55000 --user NAME",
  });
}

/** A user with a password, or an enrolment token. */
function admissionOf(io: CommandIo, options: RegisterOptions) {
  const { user, tokenFile } = options;
  if (tokenFile !== undefined) return { ...NO_USER, enrollmentToken: tokenSource(options) };
  if (user === undefined) {
    throw new AgentError("usage", "Cannot register without --user or --token-file", {
      hint: "agent register --url https://localhost:55000 --user NAME",
    });
  }
  return { user: checkUser(user), password: passwordSource(io, options, user) };
}

const NO_USER = { user: "", password: () => Promise.resolve("") };

/** A colon would end the name where the password begins. */
function checkUser(user: string): string {
  if (/^[^:\p{Cc}]+$/u.test(user)) return user;
  throw new AgentError("usage", "Cannot use --user: it must be a name without a colon", {
    hint: "agent register --url https://localhost:55000 --user NAME",
  });
}

function checkName(name: string): string {
  if (/^[^\p{Cc}]{1,256}$/u.test(name) && name.trim() !== "") return name;
  throw new AgentError("usage", "Cannot use --name: it must be one line of 1 to 256 characters", {
    hint: "leave --name out, and the agent is called as its host",
  });
}

function warnOfArguments(flag: string, warn: (text: string) => void): void {
  warn(`${flag} on the command line can be seen by other users of this machine`);
}
