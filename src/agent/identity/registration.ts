/**
 * Registering, in the order that leaves nothing half-done: everything that can fail here is tried
 * before the server is asked, the id and the key are kept before they are sent, and the identity is
 * written when the server has accepted.
 *
 * With `force` the old identity stays in place until the new one is accepted. Events that wait in
 * the queue are not touched: they are sent under the new identity.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { v4 as uuidV4, v7 as uuidV7 } from "uuid";
import type { RegistrationAnswer } from "../../shared/protocol/exchange.ts";
import type { HostInfo, RegistrationRequest } from "../../shared/protocol/wire.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { prepareDataFolder } from "./data_folder.ts";
import { lockDataFolder } from "./data_folder_lock.ts";
import { type Identity, IdentityFile } from "./identity_file.ts";
import { isOfOtherMachine, machineMark } from "./machine_mark.ts";
import { createKey, isKey } from "./key.ts";
import { PendingIdentityFile } from "./pending_identity.ts";

/**
 * What registering needs of the management API. Both throw an {@linkcode AgentError} that says what
 * to do.
 */
interface RegistrationApi {
  /** Logs a user in and resolves to a token. */
  logIn(user: string, password: string, signal: AbortSignal): Promise<string>;
  /** Registers. After what it throws, the server may have registered the agent all the same. */
  register(
    token: string,
    request: RegistrationRequest,
    signal: AbortSignal,
  ): Promise<RegistrationAnswer>;
  /** Whether the server knows an agent: whether it can log in. Without it a name that is taken is somebody else's. */
  knows?(agent: { id: string; key: string }, signal: AbortSignal): Promise<boolean>;
}

/** Versions of the id, a UUID, that an agent can have. */
type IdVersion = 4 | 7;

/** What {@linkcode registerAgent} needs to know. */
export interface RegistrationOptions {
  /** The data folder; made if there is none. */
  folder: string;
  api: RegistrationApi;
  managementUrl: string;
  user: string;
  /** Asked for once nothing else is in the way. */
  password: () => Promise<string>;
  /** Reads an enrolment token, with which no user logs in. @default the user does */
  enrollmentToken?: (() => Promise<string>) | undefined;
  /** Name of the agent, unique on the server. */
  name: string;
  /** 32 characters of `[A-Za-z0-9]`. @default a new one */
  key?: string;
  groups?: readonly string[];
  /** Id of this machine. @default it has none */
  machineId?: string | undefined;
  /** Version of the agent. */
  version: string;
  host: HostInfo;
  /** @default 7, and 4 at a server that takes no other */
  idVersion?: IdVersion | undefined;
  /** Makes a new identity even if there is one. @default false */
  force?: boolean;
  /** Wall clock, in milliseconds. @default Date.now */
  now?: () => number;
  signal: AbortSignal;
}

/**
 * Registers this agent and stores who it is.
 *
 * @throws {AgentError} `usage`, `folder_unusable`, `data_folder_locked`, `already_registered`, and
 *   what the API throws
 */
export async function registerAgent(options: RegistrationOptions): Promise<Identity> {
  const { folder, now = Date.now } = options;
  const key = keyOf(options);
  // A folder that is to be made has nothing in the way; what cannot be read then leaves none behind.
  const early = existsSync(folder) ? undefined : await secretOf(options);
  prepareDataFolder(folder);
  using _lock = lockDataFolder(folder);
  const file = new IdentityFile(folder);
  if (!options.force && file.exists()) throw alreadyRegistered(file);
  const token = await admission(options, early ?? await secretOf(options));
  const pending = new PendingIdentityFile(folder);
  const replaces = replacedBy(file, options);
  const registered = await askToRegister(options, { token, key, pending, replaces });
  const { id, name, groups = [] } = registered;
  const registeredAt = new Date(now()).toISOString();
  const identity: Identity = {
    schema: 1,
    id,
    name,
    key: registered.key,
    groups,
    ...(options.machineId !== undefined && { machine: machineMark(id, options.machineId) }),
    registered_at: registeredAt,
    management_url: options.managementUrl,
  };
  store(file, identity);
  pending.remove();
  return identity;
}

/**
 * What this machine is at this server already. Not so for what another machine is, of which this one is a copy: that goes on with it;
 * and no other server is told the key.
 */
function replacedBy(file: IdentityFile, { managementUrl, machineId }: RegistrationOptions) {
  const identity = readable(file);
  if (identity?.management_url !== managementUrl) return undefined;
  return isOfOtherMachine(identity, machineId) ? undefined : identity;
}

/** A damaged identity proves nothing, and is replaced here all the same. */
function readable(file: IdentityFile): Identity | undefined {
  try {
    return file.load();
  } catch {
    return undefined;
  }
}

/** The enrolment token, or the user's password. */
async function secretOf({ password, enrollmentToken }: RegistrationOptions): Promise<string> {
  return await (enrollmentToken ?? password)();
}

/** The token by which the server lets the agent register. */
async function admission(
  { api, user, enrollmentToken, signal }: RegistrationOptions,
  secret: string,
): Promise<string> {
  return enrollmentToken === undefined ? await api.logIn(user, secret, signal) : secret;
}

interface Asking {
  token: string;
  key: string | undefined;
  /** Is replaced by the new agent. */
  replaces: { id: string; key: string } | undefined;
  pending: PendingIdentityFile;
}

/** Asks with the identity of a try that was not answered, if there was one, else with a new one; resolves to what is registered. */
async function askToRegister(
  options: RegistrationOptions,
  { token, key, pending, replaces }: Asking,
): Promise<RegistrationRequest> {
  const { api, name, managementUrl, idVersion, signal } = options;
  const earlier = pending.find({ name, management_url: managementUrl });
  const isSame = earlier !== undefined && (key === undefined || key === earlier.key);
  const ask = async (request: RegistrationRequest) => {
    pending.save({ ...request, management_url: managementUrl });
    const answer = await api.register(token, request, signal);
    // A server of another family may take no member that it does not know.
    if (answer.kind !== "refused" || request.replaces === undefined) return { request, answer };
    const { replaces: _, ...plain } = request;
    return { request: plain, answer: await api.register(token, plain, signal) };
  };
  let { request, answer } = await ask(
    requestOf(options, { ...(isSame ? earlier : newIdentity(key, idVersion ?? 7)), replaces }),
  );
  if (answer.kind === "other_id_version" && idVersion === undefined) {
    ({ request, answer } = await ask(
      requestOf(options, { ...newIdentity(request.key, 4), replaces }),
    ));
  }
  if (answer.kind === "registered") {
    const { key = request.key, groups } = answer;
    return { ...request, key, ...(groups && { groups }) };
  }
  // The name may have been taken by a try whose answer was lost, also by this one, if it came twice.
  const mayBeThere = answer.kind === "taken" || answer.kind === "doubtful";
  if (mayBeThere && await api.knows?.(request, signal)) return request;
  pending.remove();
  if (answer.kind === "taken" && replaces) {
    throw notReplaced(name, { replaces, cause: answer.error });
  }
  throw options.enrollmentToken === undefined ? answer.error : withTokenHint(answer.error);
}

function newIdentity(key: string | undefined, version: IdVersion): { id: string; key: string } {
  return { id: version === 4 ? uuidV4() : uuidV7(), key: key ?? createKey() };
}

function keyOf({ key }: RegistrationOptions): string | undefined {
  if (key === undefined || isKey(key)) return key;
  throw new AgentError("usage", "Cannot use the key given: it must be 32 letters and digits", {
    hint: "leave --key out, and the agent makes one",
  });
}

/** No other user helps where a token was refused. */
function withTokenHint(error: Error): Error {
  if (!(error instanceof AgentError) || error.code !== "credentials_refused") return error;
  return new AgentError(error.code, error.message, {
    cause: error,
    hint:
      "the server's message says what is wrong with the enrolment token; have a new one made there",
  });
}

/** The server took the old agent's key for nothing, or does not know what it is for. */
function notReplaced(
  name: string,
  { replaces, cause }: { replaces: { id: string }; cause: Error },
): AgentError {
  return new AgentError("name_taken", cause.message, {
    cause,
    hint: `this server does not replace an agent by itself: remove agent ${replaces.id} there, ` +
      `or give another --name than "${name}"`,
  });
}

function requestOf(
  { name, groups, version, host }: RegistrationOptions,
  { id, key, replaces }: Pick<RegistrationRequest, "id" | "key"> & Pick<Asking, "replaces">,
): RegistrationRequest {
  return {
    id,
    name,
    key,
    type: "Endpoint",
    version,
    host,
    ...(groups && groups.length > 0 && { groups: [...groups] }),
    ...(replaces && { replaces: { id: replaces.id, key: replaces.key } }),
  };
}

function alreadyRegistered(file: IdentityFile): AgentError {
  const message = `Agent is already registered: "${file.path}" exists`;
  return new AgentError("already_registered", message, {
    hint: "--force makes a new identity; events that still wait are then sent under the new one",
  });
}

function store(file: IdentityFile, identity: Identity): void {
  try {
    file.save(identity);
  } catch (error) {
    const message = `Cannot store the identity that the server accepted: ${messageOf(error)}`;
    throw new AgentError("folder_unusable", message, {
      cause: error,
      hint: `remove agent ${identity.id} ("${identity.name}") on the server, ` +
        "make room in the data folder, then register again",
    });
  }
}
