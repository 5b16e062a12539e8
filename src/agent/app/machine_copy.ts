/**
 * A machine that is a copy of another, with that one's identity: two agents would speak as one.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AgentError } from "../../shared/errors.ts";
import type { Secrets } from "../../shared/log/secrets.ts";
import { VERSION } from "../../shared/version.ts";
import type { AgentConfig } from "../config/schema.ts";
import { readEnrollmentToken } from "../identity/enrollment_token.ts";
import { type Identity, IdentityFile } from "../identity/identity_file.ts";
import { isOfOtherMachine, machineMark } from "../identity/machine_mark.ts";
import { readHostInfo } from "../platform/host_info.ts";
import { register, type RegistrationOrder } from "./server/registration.ts";

/** What a start knows of its machine. */
interface MachineDeps extends Pick<RegistrationOrder, "createTransport"> {
  /** `undefined` where machines have no id. */
  machineId: string | undefined;
  secrets: Secrets;
  signal: AbortSignal;
}

const log = () => getLogger(["agent", "identity"]);

const HINT = "agent register --force makes this machine an agent of its own; " +
  "agent.on_clone: reregister has copies do that by themselves";

/**
 * Does with a copy what `agent.on_clone` says, before it speaks as the machine that it was copied from.
 *
 * @throws {AgentError} `not_registered` when it shall stop; as `register` and `readEnrollmentToken` when it cannot be registered anew
 */
export async function actOnCopy(config: AgentConfig, deps: MachineDeps): Promise<void> {
  const file = new IdentityFile(config.agent.path.data);
  if (!file.exists()) return;
  const identity = file.load();
  if (!isOfOtherMachine(identity, deps.machineId)) return;
  const { on_clone } = config.agent;
  if (on_clone === "stop") {
    const message =
      `Agent "${identity.name}" was registered on another machine: this one is a copy`;
    throw new AgentError("not_registered", message, { hint: HINT });
  }
  if (on_clone === "reregister") await registerAnew(config, identity, deps);
}

/**
 * Whether this machine is a copy that goes on with the identity of another, which is said. An identity that knows no machine yet takes
 * this one for its own. The caller holds the lock of the data folder.
 */
export function settleMachine(
  file: Pick<IdentityFile, "update">,
  identity: Identity,
  machineId: string | undefined,
): boolean {
  if (machineId === undefined) return false;
  if (identity.machine === undefined) {
    file.update({ machine: machineMark(identity.id, machineId) });
    return false;
  }
  const isCopy = isOfOtherMachine(identity, machineId);
  if (isCopy) {
    log().warn(
      "Agent {name} was registered on another machine, and this one is a copy: both speak as one. {hint}",
      { name: identity.name, hint: HINT },
    );
  }
  return isCopy;
}

async function registerAnew(
  config: AgentConfig,
  identity: Identity,
  { machineId, secrets, signal, createTransport }: MachineDeps,
): Promise<void> {
  const tokenFile = config.agent.enrollment_token_file ?? "";
  const host = readHostInfo();
  const registerIn = (groups: readonly string[], name: string) =>
    register(config, {
      managementUrl: identity.management_url,
      user: "",
      password: () => Promise.resolve(""),
      enrollmentToken: () =>
        readEnrollmentToken(tokenFile, { from: "agent.enrollment_token_file", signal }),
      name,
      groups,
      version: VERSION,
      host,
      machineId,
      force: true,
      signal,
      secrets,
      warn: (text) => log().warn("{text}", { text }),
      ...(createTransport && { createTransport }),
    });
  // A token does not allow groups that the server has put the other agent in since.
  const registerAs = (name: string) =>
    registerIn(identity.groups, name).catch((error) => {
      const isRefused = error instanceof AgentError && error.code === "credentials_refused";
      if (!isRefused || identity.groups.length === 0) throw error;
      return registerIn([], name);
    });
  const { id, name } = await registerAs(host.hostname).catch((error) => {
    if (!(error instanceof AgentError) || error.code !== "name_taken") throw error;
    // Copies are often called as what they are copies of.
    return registerAs(`${host.hostname}-${crypto.randomUUID().slice(0, 8)}`);
  });
  log().warn("This machine is a copy of the one of agent {of}: registered anew as {name}", {
    of: identity.name,
    name,
    id,
  });
}
