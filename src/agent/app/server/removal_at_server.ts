/**
 * Taking an agent off its server: by its own key, or by a user of the management API where agents may not remove themselves.
 *
 * @module
 */

import type { Secrets } from "../../../shared/log/secrets.ts";
import { VERSION } from "../../../shared/version.ts";
import { ManagementClient } from "../../comms/management/management_client.ts";
import { removeSelf } from "../../comms/management/own_removal.ts";
import { ServerConnection } from "../../comms/connection/server_connection.ts";
import { createTransport } from "../../comms/connection/transport.ts";
import { userAgent } from "../../comms/user_agent.ts";
import { removeByUser } from "../../comms/management/user_removal.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { Identity } from "../../identity/identity_file.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import { transportSettings } from "./transport_settings.ts";

/** Who removes it, and over what. */
export interface RemovalOptions {
  /** A user of the management API who may do that. @default the agent itself does */
  user?: { name: string; password: () => Promise<string>; managementUrl?: string | undefined };
  secrets: Secrets;
  signal: AbortSignal;
  /** Told of whatever weakens the connection. */
  warn: (text: string) => void;
  /** @default the one that opens connections */
  createTransport?: typeof createTransport;
}

/**
 * Removes it.
 *
 * @returns `gone` when the server did not know it any more
 * @throws {AgentError} as `removeSelf`, or `ManagementClient.logIn` and `removeByUser`
 */
export async function removeAtServer(
  config: AgentConfig,
  { id, key, management_url }: Identity,
  { user, secrets, signal, warn, createTransport: create = createTransport }: RemovalOptions,
): Promise<"removed" | "gone"> {
  const { agent } = config;
  const transport = create({ ...transportSettings(config, secrets), warn });
  const connectionTo = (serverUrl: string) =>
    new ServerConnection({
      serverUrl,
      fetch: transport.fetch,
      userAgent: userAgent(agent.user_agent_product, VERSION, readHostInfo()),
      secrets,
    });
  const { login_path: loginPath, request_timeout: timeoutMs } = agent;
  try {
    if (user !== undefined) {
      const connection = connectionTo(user.managementUrl ?? management_url);
      const management = new ManagementClient({ connection, timeoutMs });
      const token = await management.logIn(user.name, await user.password(), signal);
      return await removeByUser({ connection, token, id, timeoutMs, signal });
    }
    const connection = connectionTo(agent.server_url);
    const credentials = { uuid: id, key };
    return await removeSelf({ connection, loginPath, credentials, timeoutMs, signal });
  } finally {
    transport.close();
  }
}
