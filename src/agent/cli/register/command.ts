/**
 * `agent register`: makes this machine known to a server, once.
 *
 * @module
 */

import { resolve } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { register, type RegistrationOrder } from "../../app/server/registration.ts";
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
import { checkManagementUrl } from "./management_url.ts";
import { asJson, asText, rootText } from "./result.ts";
import { type Admission, admissionOf, secretVariables } from "./admission.ts";
import { describeCommand, type RegisterOptions } from "./describe.ts";
import { commsUrlFor, writeServer } from "./write_config.ts";
import { warningLine } from "../warning.ts";

/** What the command does not find out by itself. */
interface RegisterDeps extends Pick<RegistrationOrder, "createTransport"> {
  /** Version of the agent. */
  version: string;
}

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

async function registerAs(
  io: CommandIo,
  options: RegisterOptions,
  { given, ...deps }: RegisterDeps & { given: readonly string[] },
) {
  const managementUrl = checkManagementUrl(options.url);
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
    const env = await secretVariables(admission);
    const status = await registerAsOwner(owner, { args: given, env });
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
  admission: Admission;
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

function checkName(name: string): string {
  if (/^[^\p{Cc}]{1,256}$/u.test(name) && name.trim() !== "") return name;
  throw new AgentError("usage", "Cannot use --name: it must be one line of 1 to 256 characters", {
    hint: "leave --name out, and the agent is called as its host",
  });
}

function warnOfArguments(flag: string, warn: (text: string) => void): void {
  warn(`${flag} on the command line can be seen by other users of this machine`);
}
