/**
 * An agent without files: what the real one is made of as far as the server sees it, which is
 * log-in, back-off, poller and client, with the real one's defaults. Its token outlives the
 * manager, as the real one's does, which keeps it in a file.
 *
 * Each has connections of its own, so that the manager has as many as with real agents. They are
 * HTTP/1.1: over HTTP/2 a batch takes 44 ms on loopback in place of 0.2 ms, since headers and body go
 * out as two small writes, and the second waits for the delayed acknowledgement of the first.
 *
 * @module
 */

import { v7 } from "uuid";
import { systemClock } from "../../src/shared/clock.ts";
import { encodeResult } from "../../src/agent/commands/result_event.ts";
import { Poller } from "../../src/agent/commands/poller.ts";
import { Backoff } from "../../src/agent/comms/connection/backoff.ts";
import { CommsClient } from "../../src/agent/comms/comms_client.ts";
import { encodeStateless } from "../../src/shared/protocol/event_encoder.ts";
import { createLogin } from "../../src/agent/comms/login/login.ts";
import { ServerConnection } from "../../src/agent/comms/connection/server_connection.ts";
import type { EventsOutcome } from "../../src/shared/protocol/exchange.ts";
import { TokenKeeper } from "../../src/agent/comms/login/token_keeper.ts";
import { userAgent } from "../../src/agent/comms/user_agent.ts";
import type {
  AgentLine,
  Command,
  RegistrationRequest,
  Stream,
} from "../../src/shared/protocol/wire.ts";
import { type AgentConfig, configSchema } from "../../src/agent/config/schema.ts";
import { VERSION } from "../../src/shared/version.ts";
import type { Tally } from "./tally.ts";

const DEFAULTS: AgentConfig["agent"] = configSchema().parse({}).agent;
const RETRIES = { baseMs: DEFAULTS.retry_interval, maxMs: DEFAULTS.retry_max_interval };

/** Poll and batches: HTTP/1.1 needs a connection for each. */
export const CONNECTIONS_PER_AGENT = 2;

/** Makes an event about as long as a line of a log is. */
const FILLING = "x".repeat(200);

/** What a {@linkcode SimulatedAgent} is built with. */
export interface SimulatedAgentDeps {
  /** As it was registered. */
  registration: RegistrationRequest;
  /** Addresses of servers, with commas between: the next is taken when one fails. */
  commsUrl: string;
  /** Authorities to trust besides those of the system, PEM. */
  caCerts: string[];
  tally: Tally;
}

/** One agent. Nothing is sent before it is started. */
export class SimulatedAgent {
  readonly #tally: Tally;
  readonly #line: string;
  readonly #http: Deno.HttpClient;
  readonly #tokens: TokenKeeper;
  readonly #client: CommsClient;
  readonly #poller: Poller;
  readonly #stopping = new AbortController();
  readonly #reports = new Set<Promise<void>>();
  #running: Promise<unknown> | undefined;
  #events = 0;

  constructor({ registration, commsUrl, caCerts, tally }: SimulatedAgentDeps) {
    const { id, name, key, version, host, groups = [] } = registration;
    const agentLine: AgentLine = { agent: { id, name, type: "Endpoint", version, groups, host } };
    this.#line = JSON.stringify(agentLine);
    this.#tally = tally;
    this.#http = Deno.createHttpClient({ caCerts, http2: false });
    const connection = new ServerConnection({
      serverUrl: commsUrl,
      fetch: (url, init) => fetch(url, { ...init, client: this.#http }),
      userAgent: userAgent(DEFAULTS.user_agent_product, VERSION, host),
    });
    const logIn = createLogin({
      connection,
      loginPath: DEFAULTS.login_path,
      credentials: { uuid: id, key },
      timeoutMs: DEFAULTS.request_timeout,
    });
    this.#tokens = new TokenKeeper({
      login: async (signal) => tally.addLogin(await logIn(signal)),
      backoff: RETRIES,
    });
    this.#client = new CommsClient({
      connection,
      tokens: this.#tokens,
      requestTimeoutMs: DEFAULTS.request_timeout,
      pollTimeoutMs: DEFAULTS.commands_request_timeout,
    });
    this.#poller = new Poller({
      poll: (signal) => this.#client.poll(signal),
      onCommands: (commands) => {
        this.#take(commands as Command[]);
        return Promise.resolve(commands.length);
      },
      retryWaits: new Backoff(RETRIES),
      clock: systemClock,
    });
  }

  /** Logs in, keeps a poll open and answers commands, until it is stopped. */
  start(): void {
    const { signal } = this.#stopping;
    this.#running ??= Promise.all([this.#tokens.run(signal), this.#poller.run(signal)]);
  }

  /** Gives up what is under way; resolves when nothing is any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#reports);
    this.#http.close();
  }

  /** Sends a batch of `count` events, again and again under its id until it is taken or refused. */
  async sendBatch(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => this.#event()).join("");
    const beginMs = performance.now();
    const { kind } = await this.#postUntilAnswered("stateless", events);
    this.#tally.addBatch(kind === "done" ? performance.now() - beginMs : undefined);
  }

  #event(): string {
    const created = new Date().toISOString();
    const original = `${created} app[4711]: request ${++this.#events} ${FILLING}`;
    return encodeStateless(
      { module: "logcollector", collector: "file" },
      { event: { original, created }, log: { file: { path: "/var/log/app.log" } } },
    );
  }

  /** The next poll does not wait for the results, as with the real agent, which has a journal. */
  #take(commands: readonly Command[]): void {
    for (const { document_id: id } of commands) {
      this.#tally.addOrder(id);
      const report = this.#report(id).catch((error) => {
        if (!this.#stopping.signal.aborted) throw error;
      }).finally(() => this.#reports.delete(report));
      this.#reports.add(report);
    }
  }

  async #report(document_id: string): Promise<void> {
    const result = encodeResult({ document_id, code: 0, message: "Done", data: null });
    const outcome = await this.#postUntilAnswered("stateful", result);
    if (outcome.kind === "give_up") throw new Error(`Result refused: ${outcome.reason}`);
  }

  async #postUntilAnswered(stream: Stream, events: string): Promise<EventsOutcome> {
    const waits = new Backoff(RETRIES);
    const key = v7();
    for (;;) {
      const outcome = await this.#post(stream, events, key);
      if (outcome.kind !== "retry") return outcome;
      await systemClock.sleep(waits.next(outcome.afterMs), this.#stopping.signal);
    }
  }

  #post(stream: Stream, events: string, idempotencyKey: string): Promise<EventsOutcome> {
    const body = new TextEncoder().encode(this.#line + events);
    const request = { body, encoding: "identity", idempotencyKey } as const;
    return this.#client.postEvents(stream, request, { signal: this.#stopping.signal });
  }
}
