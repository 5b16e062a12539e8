/**
 * The way to one server, step by step, without an agent's credentials: nothing that is sent here is secret.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import type { Secrets } from "../../../shared/log/secrets.ts";
import { type Proxy, proxyFor } from "../../comms/connection/proxy.ts";
import type { Exchange } from "../../comms/connection/server_connection.ts";
import type { Answer } from "../../comms/answers/answer.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { bareConnection, STEP_LIMIT_MS } from "./bare_connection.ts";

/** An answer, and when it came. */
interface TimedAnswer {
  answer: Answer;
  /** Wall clock, half-way between request and answer. */
  atMs: number;
}

/** Asks each thing once. */
export class ServerRoute implements Disposable {
  readonly url: string;
  /** Host and port that this machine connects to: those of the proxy, when there is one. */
  readonly firstHop: { host: string; port: number };
  /** Host and port of the server. */
  readonly server: { host: string; port: number };
  readonly proxy: Proxy | undefined;
  readonly #agent: AgentConfig["agent"];
  readonly #tools: { clock: Clock; signal: AbortSignal; secrets: Secrets };
  readonly #connections: { close(): void }[] = [];
  #checked: Promise<Exchange> | undefined;

  constructor(
    url: string,
    { agent, ...tools }: {
      agent: AgentConfig["agent"];
      clock: Clock;
      signal: AbortSignal;
      secrets: Secrets;
    },
  ) {
    this.url = url;
    this.#agent = agent;
    this.#tools = tools;
    this.proxy = proxyFor(url, { proxy: agent.proxy, noProxy: agent.no_proxy });
    this.server = placeOf(url);
    this.firstHop = this.proxy === undefined
      ? this.server
      : { host: this.proxy.hostname, port: this.proxy.port };
  }

  get isEncrypted(): boolean {
    return new URL(this.url).protocol === "https:";
  }

  /** Asks for commands without a token, which brings none: how the server, checked as configured, refuses that tells what it is. */
  ask(): Promise<Exchange> {
    return this.#checked ??= this.#send();
  }

  /** The same of a server that is not checked; `undefined` when there is no answer. Only its clock is looked at. */
  async askUnchecked(): Promise<TimedAnswer | undefined> {
    const { clock } = this.#tools;
    const startedMs = clock.now();
    const answer = await this.#send("none");
    if (answer.kind !== "answer") return undefined;
    return { answer, atMs: (startedMs + clock.now()) / 2 };
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection.close();
  }

  async #send(
    verificationMode?: AgentConfig["agent"]["verification_mode"],
  ): Promise<Exchange> {
    const { signal, ...tools } = this.#tools;
    const bare = bareConnection(this.#agent, {
      url: this.url,
      ...(verificationMode !== undefined && { verificationMode }),
      ...tools,
    });
    this.#connections.push(bare);
    return await bare.connection.send({
      method: "GET",
      path: "/api/v1/commands",
      timeoutMs: Math.min(STEP_LIMIT_MS, this.#agent.request_timeout),
      maxBytes: 65_536,
      signal,
    });
  }
}

function placeOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: Number(port || (protocol === "http:" ? 80 : 443)) };
}
