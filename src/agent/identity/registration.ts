/**
 * Registering, in the order that leaves nothing half-done: everything that can fail here is tried
 * before the server is asked, and nothing is written before the server has accepted.
 *
 * With `force` the old identity stays in place until the new one is accepted. Events that wait in
 * the queue are not touched: they are sent under the new identity.
 *
 * @module
 */

import { v7 as uuidV7 } from "uuid";
import type { HostInfo, RegistrationRequest } from "../../shared/protocol/wire.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { prepareDataFolder } from "./data_folder.ts";
import { lockDataFolder } from "./data_folder_lock.ts";
import { type Identity, IdentityFile } from "./identity_file.ts";
import { createKey, isKey } from "./key.ts";

/**
 * What registering needs of the management API. Both throw an {@linkcode AgentError} that says what
 * to do.
 */
interface RegistrationApi {
  /** Logs a user in and resolves to a token. */
  logIn(user: string, password: string, signal: AbortSignal): Promise<string>;
  /**
   * Registers; resolves to the key that the server gave the agent instead of its own, if it did.
   */
  register(
    token: string,
    request: RegistrationRequest,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

/** What {@linkcode registerAgent} needs to know. */
export interface RegistrationOptions {
  /** The data folder; made if there is none. */
  folder: string;
  api: RegistrationApi;
  managementUrl: string;
  user: string;
  /** Asked for once nothing else is in the way. */
  password: () => Promise<string>;
  /** Name of the agent, unique on the server. */
  name: string;
  /** 32 characters of `[A-Za-z0-9]`. @default a new one */
  key?: string;
  groups?: readonly string[];
  /** Version of the agent. */
  version: string;
  host: HostInfo;
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
  const { folder, api, user, password, signal, now = Date.now } = options;
  const request = requestOf(options);
  prepareDataFolder(folder);
  using _lock = lockDataFolder(folder);
  const file = new IdentityFile(folder);
  if (!options.force && file.exists()) throw alreadyRegistered(file);
  const token = await api.logIn(user, await password(), signal);
  const key = await api.register(token, request, signal) ?? request.key;
  const { id, name, groups = [] } = request;
  const registeredAt = new Date(now()).toISOString();
  const identity: Identity = {
    schema: 1,
    id,
    name,
    key,
    groups,
    registered_at: registeredAt,
    management_url: options.managementUrl,
  };
  store(file, identity);
  return identity;
}

function requestOf({ name, key, groups, version, host }: RegistrationOptions): RegistrationRequest {
  if (key !== undefined && !isKey(key)) {
    throw new AgentError("usage", "Cannot use the key given: it must be 32 letters and digits", {
      hint: "leave --key out, and the agent makes one",
    });
  }
  return {
    id: uuidV7(),
    name,
    key: key ?? createKey(),
    type: "Endpoint",
    version,
    host,
    ...(groups && groups.length > 0 && { groups: [...groups] }),
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
