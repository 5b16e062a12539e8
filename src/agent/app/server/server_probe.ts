/**
 * Whether the server takes events of this agent now, asked past its queue and with a log-in of its own.
 *
 * @module
 */

import { systemClock } from "../../../shared/clock.ts";
import { Secrets } from "../../../shared/log/secrets.ts";
import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import { VERSION } from "../../../shared/version.ts";
import { CommsClient } from "../../comms/comms_client.ts";
import { createLogin } from "../../comms/login/login.ts";
import { ServerConnection } from "../../comms/connection/server_connection.ts";
import { createTransport } from "../../comms/connection/transport.ts";
import { userAgent } from "../../comms/user_agent.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { Identity } from "../../identity/identity_file.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import { AgentLineSource } from "../agent_line.ts";
import { transportSettings } from "./transport_settings.ts";

/** Logs in and delivers one event; false when either does not work, whyever. Rejects only when the signal is aborted. */
export async function serverTakesEvents(
  config: AgentConfig,
  { identity, secrets = new Secrets(), signal }: {
    identity: Identity;
    secrets?: Secrets;
    signal: AbortSignal;
  },
): Promise<boolean> {
  const { agent } = config;
  const transport = createTransport(transportSettings(config, secrets));
  try {
    const connection = new ServerConnection({
      serverUrl: agent.server_url,
      fetch: transport.fetch,
      userAgent: userAgent(agent.user_agent_product, VERSION, readHostInfo()),
      secrets,
    });
    const { login_path: loginPath, request_timeout: timeoutMs } = agent;
    const credentials = { uuid: identity.id, key: identity.key };
    const login = await createLogin({ connection, loginPath, credentials, timeoutMs })(signal);
    if (login.kind !== "token") return false;
    const { token } = login;
    const client = new CommsClient({
      connection,
      tokens: { get: () => Promise.resolve(token), renew: () => Promise.resolve(token) },
      requestTimeoutMs: timeoutMs,
      pollTimeoutMs: timeoutMs,
    });
    const line = new AgentLineSource({ identity, readHostInfo, clock: systemClock }).text();
    const body = new TextEncoder().encode(line + trialEvent("agent-upgrade-probe"));
    const request = { body, encoding: "identity" as const, idempotencyKey: crypto.randomUUID() };
    const outcome = await client.postEvents("stateless", request, { signal, token });
    return outcome.kind === "done";
  } finally {
    transport.close();
  }
}

/** An event by which a version shows that it can deliver one. */
export function trialEvent(action: "agent-upgrade-probe" | "agent-upgrade-trial"): string {
  return encodeStateless({ module: "agent", collector: "upgrade" }, {
    event: { action, category: ["configuration"], created: new Date().toISOString() },
  });
}
