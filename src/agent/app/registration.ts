/**
 * Registering at a server's management API: connects as the configuration says, and stores who the agent is.
 *
 * @module
 */

import { ManagementClient } from "../comms/management_client.ts";
import { ServerConnection } from "../comms/server_connection.ts";
import { createTransport } from "../comms/transport.ts";
import { userAgent } from "../comms/user_agent.ts";
import type { AgentConfig } from "../config/schema.ts";
import type { Identity } from "../identity/identity_file.ts";
import { registerAgent, type RegistrationOptions } from "../identity/registration.ts";

/** What is registered: everything but what the configuration and the connection give. */
export interface RegistrationOrder extends Omit<RegistrationOptions, "folder" | "api"> {
  /** Told of whatever weakens the connection. */
  warn: (text: string) => void;
  /** @default the one that opens connections */
  createTransport?: typeof createTransport;
}

/**
 * Registers the agent of the configured data folder.
 *
 * @throws {AgentError} as `registerAgent` does; nothing is stored before the server has accepted
 */
export async function register(config: AgentConfig, order: RegistrationOrder): Promise<Identity> {
  using server = connect(config, order);
  return await registerAgent({ ...order, folder: config.agent.path.data, api: server.api });
}

function connect(
  { agent }: AgentConfig,
  { managementUrl, host, version, warn, createTransport: create = createTransport }:
    RegistrationOrder,
) {
  const transport = create({
    verificationMode: agent.verification_mode,
    caCert: agent.ca_cert,
    clientCert: agent.client_cert,
    clientKey: agent.client_key,
    warn,
  });
  const connection = new ServerConnection({
    serverUrl: managementUrl,
    fetch: transport.fetch,
    userAgent: userAgent(agent.user_agent_product, version, host),
  });
  return {
    api: new ManagementClient({ connection, timeoutMs: agent.request_timeout }),
    [Symbol.dispose]: () => transport.close(),
  };
}
