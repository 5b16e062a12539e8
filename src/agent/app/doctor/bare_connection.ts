import type { Clock } from "../../../shared/clock.ts";
import type { Secrets } from "../../../shared/log/secrets.ts";
import { VERSION } from "../../../shared/version.ts";
import { ServerConnection } from "../../comms/connection/server_connection.ts";
import { createTransport } from "../../comms/connection/transport.ts";
import { userAgent } from "../../comms/user_agent.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { readHostInfo } from "../../platform/host_info.ts";

/** Longest wait for one step of a check, in milliseconds. */
export const STEP_LIMIT_MS = 8_000;

/** A connection to the server at `url`, as the configuration says it, without anybody's credentials; it warns of nothing. */
export function bareConnection(
  agent: AgentConfig["agent"],
  { url, verificationMode = agent.verification_mode, clock, secrets }: {
    url: string;
    /** @default the configured one */
    verificationMode?: AgentConfig["agent"]["verification_mode"];
    clock: Clock;
    secrets: Secrets;
  },
): { connection: ServerConnection; close(): void } {
  const transport = createTransport({
    verificationMode,
    caCert: agent.ca_cert,
    clientCert: agent.client_cert,
    clientKey: agent.client_key,
    proxy: agent.proxy,
    noProxy: agent.no_proxy,
    // What it warns of are checks of their own.
    warn: () => {},
  });
  const connection = new ServerConnection({
    serverUrl: url,
    fetch: transport.fetch,
    userAgent: userAgent(agent.user_agent_product, VERSION, readHostInfo()),
    clock,
    secrets,
  });
  return { connection, close: () => transport.close() };
}
