/**
 * The server as this agent uses it, with a log-in of its own that is kept nowhere. Only for when no agent runs: a server may end the
 * token before when it gives another, and gives what comes to one poll to nobody else.
 *
 * @module
 */

import { v7 as uuidV7 } from "uuid";
import type { Clock } from "../../../shared/clock.ts";
import type { Secrets } from "../../../shared/log/secrets.ts";
import type { EventsOutcome, PollOutcome } from "../../../shared/protocol/exchange.ts";
import { CommsClient } from "../../comms/comms_client.ts";
import { createLogin, type LoginAnswer } from "../../comms/login/login.ts";
import { PollWait } from "../../comms/connection/poll_wait.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { Identity } from "../../identity/identity_file.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import { AgentLineSource } from "../agent_line.ts";
import { bareConnection, STEP_LIMIT_MS } from "./bare_connection.ts";

/** The server is asked to hold the poll for so long, in milliseconds … */
const POLL_WAIT_MS = 1_000;
/** … and one that holds it for longer works as well. */
const POLL_LIMIT_MS = 1_500;

/** Logs in once. */
export class DirectServer implements Disposable {
  readonly #bare: ReturnType<typeof bareConnection>;
  readonly #login: (signal: AbortSignal) => Promise<LoginAnswer>;
  readonly #client: CommsClient;
  readonly #agentLine: AgentLineSource;
  readonly #signal: AbortSignal;
  #token = "";

  constructor(
    { agent }: AgentConfig,
    { identity, clock, secrets, signal }: {
      identity: Identity;
      clock: Clock;
      secrets: Secrets;
      signal: AbortSignal;
    },
  ) {
    this.#signal = signal;
    this.#bare = bareConnection(agent, { url: agent.server_url, clock, secrets });
    const timeoutMs = Math.min(STEP_LIMIT_MS, agent.request_timeout);
    this.#login = createLogin({
      connection: this.#bare.connection,
      loginPath: agent.login_path,
      credentials: { uuid: identity.id, key: identity.key },
      timeoutMs,
    });
    const token = () => Promise.resolve(this.#token);
    this.#client = new CommsClient({
      connection: this.#bare.connection,
      tokens: { get: token, renew: token },
      requestTimeoutMs: timeoutMs,
      pollTimeoutMs: POLL_LIMIT_MS,
      pollWait: new PollWait(POLL_WAIT_MS),
    });
    this.#agentLine = new AgentLineSource({ identity, readHostInfo, clock });
  }

  /** The server that is in use. */
  get url(): string {
    return this.#bare.connection.serverUrl;
  }

  /** Logs in. */
  async logIn(): Promise<LoginAnswer> {
    const answer = await this.#login(this.#signal);
    if (answer.kind === "token") this.#token = answer.token;
    return answer;
  }

  /** Posts encoded stateless events, past the queue; after a log-in. */
  async post(lines: string): Promise<EventsOutcome> {
    return await this.#client.postEvents("stateless", {
      body: new TextEncoder().encode(this.#agentLine.text() + lines),
      encoding: "identity",
      idempotencyKey: uuidV7(),
    }, { signal: this.#signal, token: this.#token });
  }

  /** Opens a poll for a moment; after a log-in. Commands that it brings are this agent's: whoever calls this keeps them. */
  async poll(): Promise<PollOutcome> {
    return await this.#client.poll(this.#signal);
  }

  [Symbol.dispose](): void {
    this.#bare.close();
  }
}
