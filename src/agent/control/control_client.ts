/**
 * Asks the running agent.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Endpoint, PortFile } from "./endpoint.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import type { ReloadReport, SpanReport } from "../../shared/protocol/local_api.ts";
import type { EventSpan } from "../../shared/protocol/stored_events.ts";

/** Time limit of a request that does not wait for anything. */
const REQUEST_TIMEOUT_MS = 5_000;

/** A client of the local API. Every method throws {@linkcode AgentError} `not_running` when no agent answers. */
export class ControlClient implements Disposable {
  readonly #client: Deno.HttpClient | undefined;
  readonly #base: string;
  readonly #headers: Record<string, string>;

  private constructor(base: string, headers: Record<string, string>, client?: Deno.HttpClient) {
    this.#base = base;
    this.#headers = headers;
    this.#client = client;
  }

  /**
   * A client for `endpoint`.
   *
   * @throws {AgentError} `not_running` when there is no such endpoint
   */
  static to(endpoint: Endpoint): ControlClient {
    if (endpoint.kind === "socket") {
      const proxy = { transport: "unix" as const, path: endpoint.path };
      return new ControlClient("http://agent", {}, Deno.createHttpClient({ proxy }));
    }
    try {
      const { port, token } = JSON.parse(Deno.readTextFileSync(endpoint.file)) as PortFile;
      return new ControlClient(`http://127.0.0.1:${port}`, { Authorization: `Bearer ${token}` });
    } catch (error) {
      throw notRunning(error);
    }
  }

  /** The status document. */
  async status(): Promise<StatusDocument> {
    return await this.#json("/v1/status");
  }

  /**
   * Asks the agent to read its configuration again.
   *
   * @throws {AgentError} also `config_invalid`; then nothing has changed
   */
  async reload(): Promise<ReloadReport> {
    return await this.#json("/v1/reload", { method: "POST", signal: AbortSignal.timeout(60_000) });
  }

  /** Puts encoded events in; resolves once they are on disk. */
  async append(stream: Stream, lines: string, signal: AbortSignal): Promise<EventSpan> {
    return await this.#json(`/v1/events/${stream}`, { method: "POST", body: lines, signal });
  }

  /** What became of a span; waits up to `waitMs` milliseconds for news. */
  async report(span: EventSpan, waitMs: number): Promise<SpanReport> {
    const { stream, first_event, last_event } = span;
    const signal = AbortSignal.timeout(waitMs + REQUEST_TIMEOUT_MS);
    const path = `/v1/events/${stream}/${first_event}/${last_event}?wait_ms=${waitMs}`;
    return await this.#json(path, { signal });
  }

  [Symbol.dispose](): void {
    this.#client?.close();
  }

  async #json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.#fetch(path, init);
    const body = await response.json();
    if (response.ok) return body as T;
    if (response.status === 422) throw new AgentError("config_invalid", body.message);
    throw new AgentError(
      "failed",
      `The running agent answered ${response.status}: ${body.message}`,
    );
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const signal = init.signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const options = { ...init, signal, headers: this.#headers };
    const client = this.#client === undefined ? {} : { client: this.#client };
    try {
      return await fetch(this.#base + path, { ...options, ...client });
    } catch (error) {
      if (signal.aborted) {
        throw new AgentError("not_acknowledged", `The running agent does not answer in time`, {
          cause: error,
        });
      }
      throw notRunning(error);
    }
  }
}

function notRunning(cause: unknown): AgentError {
  const text = messageOf(cause);
  if (/permission denied/i.test(text)) {
    return new AgentError("failed", "Cannot open the agent's socket: permission denied", {
      cause,
      hint: "run this as the user that the agent runs as",
    });
  }
  return new AgentError("not_running", "The agent is not running", {
    cause,
    hint: "start it with: agent run",
  });
}
