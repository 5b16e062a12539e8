/**
 * What talks to the server, as the configuration says it: transport, log-in, client.
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { Backoff } from "../../comms/connection/backoff.ts";
import { CommsClient } from "../../comms/comms_client.ts";
import { createLogin } from "../../comms/login/login.ts";
import { ServerClock } from "../../comms/server_clock.ts";
import { ServerConnection } from "../../comms/connection/server_connection.ts";
import { TokenKeeper } from "../../comms/login/token_keeper.ts";
import { PollWait } from "../../comms/connection/poll_wait.ts";
import { proxyFor } from "../../comms/connection/proxy.ts";
import { RenewingTransport } from "../../comms/connection/renewing_transport.ts";
import { userAgent } from "../../comms/user_agent.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { Secrets } from "../../../shared/log/secrets.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Identity, IdentityFile } from "../../identity/identity_file.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import { parseDuration } from "../../../shared/config/units.ts";
import { VERSION } from "../../../shared/version.ts";
import type { SavedToken } from "../../../shared/protocol/agent_identity.ts";
import { transportSettings } from "./transport_settings.ts";

/** Everything that talks to the server. */
export interface ServerLink extends Disposable {
  tokens: TokenKeeper;
  client: CommsClient;
  serverClock: Pick<ServerClock, "offsetMs">;
  /** The server that is in use, and the proxy on the way to it, for people. */
  connection: { readonly serverUrl: string; readonly proxy: string | undefined };
  certificates: Pick<RenewingTransport, "files" | "renew" | "lookNowAndThen">;
  /** Has `listener` told of each log-in. */
  onLogin(listener: () => void): void;
}

/** Connects to the server of the configuration as `identity`. Sends nothing yet. */
export function createServerLink(
  config: AgentConfig,
  { identity, file, clock, secrets = new Secrets(), onLoginFailure = () => {} }: {
    identity: Identity;
    file: IdentityFile;
    clock: Clock;
    /** Is told the key and every token. */
    secrets?: Secrets;
    /** Is told why each log-in failed. @default nobody is */
    onLoginFailure?: (reason: string) => void;
  },
): ServerLink {
  const { agent } = config;
  const transport = new RenewingTransport({ ...transportSettings(config, secrets), clock });
  const serverClock = new ServerClock(clock);
  const connection = new ServerConnection({
    serverUrl: agent.server_url,
    fetch: transport.fetch,
    userAgent: userAgent(agent.user_agent_product, VERSION, readHostInfo()),
    clock,
    secrets,
    serverClock,
  });
  const logins = new EventTarget();
  const onToken = () => void logins.dispatchEvent(new Event("login"));
  const parts = { agent, identity, file, clock, connection };
  const tokens = createTokens({ ...parts, onToken, onLoginFailure });
  const client = new CommsClient({
    connection,
    tokens,
    requestTimeoutMs: agent.request_timeout,
    pollTimeoutMs: agent.commands_request_timeout,
    pollWait: new PollWait(parseDuration(agent.poll_wait)),
  });
  return {
    tokens,
    client,
    serverClock,
    connection: {
      get serverUrl() {
        return connection.serverUrl;
      },
      get proxy() {
        const proxies = { proxy: agent.proxy, noProxy: agent.no_proxy };
        return proxyFor(connection.serverUrl, proxies)?.shown;
      },
    },
    certificates: transport,
    onLogin: (listener) => logins.addEventListener("login", listener),
    [Symbol.dispose]: () => transport.close(),
  };
}

/** The waits between tries that the configuration asks for. */
export function createBackoff({ agent }: AgentConfig): Backoff {
  return new Backoff({ baseMs: agent.retry_interval, maxMs: agent.retry_max_interval });
}

function createTokens(
  { agent, identity, file, clock, connection, onToken, onLoginFailure }: {
    agent: AgentConfig["agent"];
    identity: Identity;
    file: IdentityFile;
    clock: Clock;
    connection: ServerConnection;
    onToken: () => void;
    onLoginFailure: (reason: string) => void;
  },
): TokenKeeper {
  const login = createLogin({
    connection,
    loginPath: agent.login_path,
    credentials: { uuid: identity.id, key: identity.key },
    timeoutMs: agent.request_timeout,
  });
  const log = getLogger(["agent", "identity"]);
  return new TokenKeeper({
    login,
    cached: identity.token,
    onToken: (token) => {
      log.info("Logged in to {server}", {
        server: connection.serverUrl,
        expires_at: token.expires_at,
      });
      keepToken(file, token, log);
      onToken();
    },
    onFailure: ({ reason }) => onLoginFailure(reason),
    backoff: { baseMs: agent.retry_interval, maxMs: agent.retry_max_interval },
    clock,
  });
}

/** A token that cannot be kept costs one log-in after the next start, nothing more. */
function keepToken(file: IdentityFile, token: SavedToken, log: Logger): void {
  try {
    file.update({ token });
  } catch (error) {
    log.warn("Cannot keep the token for the next start: {reason}", { reason: messageOf(error) });
  }
}
