/**
 * The management API, as far as registering needs it. Every failure is an {@linkcode AgentError}
 * that says what to do, because a person is waiting for it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { AgentError } from "../../shared/errors.ts";
import { type Answer, describeAnswer, isObject, jsonOf, messageOfAnswer } from "./answer.ts";
import type { FetchFailure } from "./fetch_error.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { RegistrationRequest } from "../../shared/protocol/wire.ts";

/** What a {@linkcode ManagementClient} is built with. */
interface ManagementClientOptions {
  connection: ServerConnection;
  /** Time limit of each request, in milliseconds. */
  timeoutMs: number;
}

const AMBIGUOUS_HINT =
  "look on the server whether the agent is there now: if so, remove it there " +
  "(or take another --name), then register again";

/** Talks to the management API. */
export class ManagementClient {
  readonly #connection: ServerConnection;
  readonly #timeoutMs: number;

  constructor({ connection, timeoutMs }: ManagementClientOptions) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Logs a user in and resolves to a token.
   *
   * @throws {AgentError} `credentials_refused`, `certificate_untrusted`, `server_unreachable` or
   *   `failed`
   */
  async logIn(user: string, password: string, signal: AbortSignal): Promise<string> {
    const credentials = Buffer.from(`${user}:${password}`).toString("base64");
    const path = "/security/user/authenticate";
    const answer = await this.#post(path, { authorization: `Basic ${credentials}` }, signal);
    if (answer.status === 401 || answer.status === 403) {
      const why = messageOfAnswer(answer);
      throw new AgentError(
        "credentials_refused",
        `Cannot log in as "${user}" at ${this.#connection.serverUrl}: ` +
          `user or password refused${why && ` (${why})`}`,
        { hint: "check --user and the password" },
      );
    }
    const token = answer.status === 200 ? memberOf(jsonOf(answer), "token") : undefined;
    if (token === undefined) throw unexpected("log in", answer);
    return token;
  }

  /**
   * Registers an agent; resolves to the key that the server handed out, or to `undefined` when it
   * took the one in the request.
   *
   * @throws {AgentError} `name_taken`, `credentials_refused`, `certificate_untrusted`,
   *   `server_unreachable` or `failed`, also
   *   when it is aborted
   */
  async register(
    token: string,
    request: RegistrationRequest,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const body = JSON.stringify(request);
    try {
      const content = { authorization: `Bearer ${token}`, body };
      const answer = await this.#post("/agents", content, signal);
      if (answer.status >= 200 && answer.status < 300) return memberOf(jsonOf(answer), "key");
      throw refusal(request.name, answer);
    } catch (error) {
      throw signal.aborted ? interrupted(error) : error;
    }
  }

  async #post(
    path: string,
    content: { authorization: string; body?: string },
    signal: AbortSignal,
  ): Promise<Answer> {
    const exchange = await this.#connection.send({
      method: "POST",
      path,
      ...content,
      timeoutMs: this.#timeoutMs,
      maxBytes: 1024 * 1024,
      signal,
    });
    if (exchange.kind === "answer") return exchange;
    // Only a request with a body changes anything on the server.
    throw unreachable(exchange.failure, content.body !== undefined);
  }
}

function refusal(name: string, answer: Answer): AgentError {
  const message = `Cannot register "${name}": ${describeAnswer(answer)}`;
  switch (answer.status) {
    case 401:
    case 403:
      return new AgentError("credentials_refused", message, {
        hint: "use a --user who may register agents",
      });
    case 409:
      return new AgentError("name_taken", message, {
        hint: "give another --name, or remove the agent of that name on the server",
      });
    case 400:
    case 422:
      return new AgentError("failed", message, {
        hint: "check --name, --key and --groups; the server's message says what it does not accept",
      });
    default:
      return unexpected(`register "${name}"`, answer, AMBIGUOUS_HINT);
  }
}

function interrupted(cause: unknown): AgentError {
  return new AgentError(
    "failed",
    "Interrupted before the server answered; it may have registered the agent all the same",
    { cause, hint: AMBIGUOUS_HINT },
  );
}

function unexpected(
  what: string,
  answer: Answer,
  hint = "wait until the server is well again, and try once more",
): AgentError {
  const message = `Cannot ${what}: ${describeAnswer(answer)}`;
  if (answer.status === 408 || answer.status === 429 || answer.status >= 500) {
    return new AgentError("server_unreachable", message, { hint });
  }
  return new AgentError("failed", message, {
    hint: "check that --url is the management API (by default on port 55000)",
  });
}

function unreachable(failure: FetchFailure, changesServer: boolean): AgentError {
  const { kind, text, beforeSending } = failure;
  const message = text.charAt(0).toUpperCase() + text.slice(1);
  if (kind === "certificate") {
    return new AgentError("certificate_untrusted", message, {
      hint:
        "give the server's CA with --ca-cert FILE, and in --url the name its certificate is for",
    });
  }
  if (changesServer && !beforeSending) {
    return new AgentError(
      "server_unreachable",
      `${message}; the server may have registered the agent all the same`,
      { hint: AMBIGUOUS_HINT },
    );
  }
  return new AgentError("server_unreachable", message, {
    hint: "check --url, and that the server is running and can be reached from here",
  });
}

/** A text member of an answer, at its top level or under `data`; an empty one counts as none. */
function memberOf(body: unknown, name: "token" | "key"): string | undefined {
  if (!isObject(body)) return undefined;
  const nested = isObject(body.data) ? body.data[name] : undefined;
  return [body[name], nested].find((value): value is string =>
    typeof value === "string" && value !== ""
  );
}
