/**
 * How the configuration has the agent connect to its server.
 *
 * @module
 */

import type { Secrets } from "../../../shared/log/secrets.ts";
import { proxySecrets } from "../../comms/connection/proxy.ts";
import type { TransportOptions } from "../../comms/connection/transport.ts";
import type { AgentConfig } from "../../config/schema.ts";

/** Options of a transport; `secrets` is told the proxy's user and password, which no message may repeat. */
export function transportSettings({ agent }: AgentConfig, secrets: Secrets): TransportOptions {
  for (const secret of proxySecrets(agent.proxy)) secrets.add(secret);
  return {
    verificationMode: agent.verification_mode,
    caCert: agent.ca_cert,
    clientCert: agent.client_cert,
    clientKey: agent.client_key,
    proxy: agent.proxy,
    noProxy: agent.no_proxy,
  };
}
