/**
 * Registering at a server's management API: connects as the configuration says, and stores who the agent is.
 *
 * @module
 */

import { createLogin } from "../../comms/login/login.ts";
import { ManagementClient } from "../../comms/management/management_client.ts";
import { ServerConnection } from "../../comms/connection/server_connection.ts";
import { createTransport } from "../../comms/connection/transport.ts";
import { userAgent } from "../../comms/user_agent.ts";
import { Secrets } from "../../../shared/log/secrets.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { Identity } from "../../identity/identity_file.ts";
import { registerAgent, type RegistrationOptions } from "../../identity/registration.ts";
import { transportSettings } from "./transport_settings.ts";

/** What is registered: everything but what the configuration and the connection give. */
export interface RegistrationOrder extends Omit<RegistrationOptions, "folder" | "api"> {
  /** Is told the password, the key and the tokens. @default nobody is */
  secrets?: Secrets;
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
  config: AgentConfig,
  {
    managementUrl,
    host,
    version,
    warn,
    secrets = new Secrets(),
    createTransport: create = createTransport,
  }: RegistrationOrder,
) {
  const { agent } = config;
  const transport = create({ ...transportSettings(config, secrets), warn });
  const connection = new ServerConnection({
    serverUrl: managementUrl,
    fetch: transport.fetch,
    userAgent: userAgent(agent.user_agent_product, version, host),
    secrets,
  });
  const management = new ManagementClient({ connection, timeoutMs: agent.request_timeout });
  const comms = new ServerConnection({
    serverUrl: agent.server_url,
    fetch: transport.fetch,
    userAgent: userAgent(agent.user_agent_product, version, host),
    secrets,
  });
  const knows = async ({ id, key }: { id: string; key: string }, signal: AbortSignal) => {
    const credentials = { uuid: id, key };
    const login = { connection: comms, loginPath: agent.login_path, credentials };
    const answer = await createLogin({ ...login, timeoutMs: agent.request_timeout })(signal);
    return answer.kind === "token";
  };
  return {
    api: {
      logIn: management.logIn.bind(management),
      register: management.register.bind(management),
      knows,
    },
    [Symbol.dispose]: () => transport.close(),
  };
}
