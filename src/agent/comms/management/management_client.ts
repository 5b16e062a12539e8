/**
 * The management API, as far as registering needs it. Every failure is an {@linkcode AgentError}
 * that says what to do, because a person is waiting for it.
 *
 * @module
 */

import { tellsOfFault } from "../answers/acknowledgement.ts";
import { Buffer } from "node:buffer";
import * as z from "zod";
import { AgentError } from "../../../shared/errors.ts";
import {
  type Answer,
  bodyForm,
  describeAnswer,
  isObject,
  jsonOf,
  messageOfAnswer,
  textOfAnswer,
} from "../answers/answer.ts";
import { connectionHint } from "../connection/connection_hint.ts";
import type { FetchFailure } from "../connection/fetch_error.ts";
import type { ServerConnection, ServerRequest } from "../connection/server_connection.ts";
import { GROUP_NAME, MAX_GROUPS } from "../../../shared/protocol/groups.ts";
import type { RegistrationAnswer } from "../../../shared/protocol/exchange.ts";
import type { RegistrationRequest } from "../../../shared/protocol/wire.ts";
import { isAboutCredentials } from "./user_refusal.ts";

/** What a {@linkcode ManagementClient} is built with. */
interface ManagementClientOptions {
  connection: ServerConnection;
  /** Time limit of each request, in milliseconds. */
  timeoutMs: number;
}

const AMBIGUOUS_HINT =
  "run the same command again: it asks with the same id and key, so that nothing is registered twice";

/**
 * What a server says that takes ids of one version only. It may name no version, or no more than a pattern: the ids of the agent are
 * valid, so whatever is wrong with one is its version.
 */
const OTHER_ID_VERSION = /uuid|\[?-?4\]?\[0-9a-f\]\{3\}/i;

/** Statuses with which an id is found not to be as it should be. */
const INVALID_ID: ReadonlySet<number> = new Set([400, 422]);

/** Statuses with which a server says that a registration is not as it should be. */
const INVALID: ReadonlySet<number> = new Set([400, 404, 422]);

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
    const authorization = `Basic ${credentials}`;
    const answer = await this.#post(path, { authorization, brings: "token" }, signal);
    const refused = answer.status === 401 || answer.status === 403;
    if (refused && bodyForm(answer) !== "page") throw this.#userRefused(user, answer);
    const token = answer.status === 200 ? answer.secret : undefined;
    if (token === undefined) throw unexpected("log in", answer);
    return token;
  }

  #userRefused(user: string, answer: Answer): AgentError {
    const why = messageOfAnswer(answer);
    const where = `Cannot log in as "${user}" at ${this.#connection.serverUrl}: `;
    if (!isAboutCredentials(why)) {
      return new AgentError("credentials_refused", `${where}the server refuses: ${why}`, {
        hint: "the server's message says why; user and password may be right",
      });
    }
    const message = `${where}user or password refused${why && ` (${why})`}`;
    return new AgentError("credentials_refused", message, {
      hint: "check --user and the password",
    });
  }

  /**
   * Registers an agent, or tells why the server did not. After what it throws, the server may have registered it all the same.
   *
   * @throws {AgentError} `certificate_untrusted`, `server_unreachable` or `failed`, also when it is aborted
   */
  async register(
    token: string,
    request: RegistrationRequest,
    signal: AbortSignal,
  ): Promise<RegistrationAnswer> {
    const body = JSON.stringify(request);
    try {
      const authorization = `Bearer ${token}`;
      const content = { authorization, body, secrets: secretsOf(request), brings: "key" } as const;
      const answer = await this.#post("/agents", content, signal);
      return registrationAnswer(request, answer);
    } catch (error) {
      throw signal.aborted ? interrupted(error) : error;
    }
  }

  async #post(
    path: string,
    content: Pick<ServerRequest, "authorization" | "body" | "secrets" | "brings">,
    signal: AbortSignal,
  ): Promise<Answer> {
    const exchange = await this.#connection.send({
      method: "POST",
      path,
      ...content,
      timeoutMs: this.#timeoutMs,
      maxBytes: 1024 * 1024,
      // Over one that was kept, the platform sends again by itself when it breaks.
      newConnection: content.body !== undefined,
      signal,
    });
    if (exchange.kind === "answer") return exchange;
    // Only a request with a body changes anything on the server.
    throw unreachable(exchange.failure, content.body !== undefined);
  }
}

function secretsOf({ key, replaces }: RegistrationRequest): string[] {
  return replaces === undefined ? [key] : [key, replaces.key];
}

/** @throws {AgentError} when the answer is not one of this protocol */
function registrationAnswer(request: RegistrationRequest, answer: Answer): RegistrationAnswer {
  const { status } = answer;
  const form = bodyForm(answer);
  if (form !== "page" && (status < 300 ? form !== "other" : isRefusal(status))) {
    if (status < 300 && !tellsOfFault(answer)) {
      return { kind: "registered", key: answer.secret, groups: groupsOf(answer) };
    }
    const error = refusal(request, answer);
    if (status < 300) return { kind: "doubtful", error };
    if (status === 409) return { kind: "taken", error };
    const asksForVersion4 = INVALID_ID.has(status) &&
      OTHER_ID_VERSION.test(textOfAnswer(answer));
    return { kind: asksForVersion4 ? "other_id_version" : "refused", error };
  }
  throw unexpected(`register "${request.name}"`, answer, AMBIGUOUS_HINT);
}

/** Those that the server put the agent in, as an enrolment token may have it do; `undefined` when it does not say so. */
function groupsOf(answer: Answer): string[] | undefined {
  const body = jsonOf(answer);
  const groups = GROUPS.safeParse(isObject(body) && isObject(body.data) ? body.data.groups : body);
  return groups.success ? groups.data : undefined;
}

const GROUPS = z.array(z.string().regex(GROUP_NAME)).max(MAX_GROUPS);

function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 409 || INVALID.has(status);
}

function refusal({ name, groups = [] }: RegistrationRequest, answer: Answer): AgentError {
  const message = `Cannot register "${name}": ${describeAnswer(answer)}`;
  const { status } = answer;
  if (status === 401 || status === 403) {
    return new AgentError("credentials_refused", message, {
      hint: "use a --user who may register agents; the server's message says what is in the way",
    });
  }
  if (groups.length > 0 && /group/i.test(messageOfAnswer(answer))) {
    const those = groups.join(", ");
    return new AgentError("failed", message, {
      hint:
        `the server does not know all of the groups ${those}: make them there, or leave --groups out`,
    });
  }
  if (status === 409) {
    return new AgentError("name_taken", message, {
      hint: "give another --name, or remove the agent of that name on the server",
    });
  }
  if (status === 404) return unexpected(`register "${name}"`, answer);
  const hint = OTHER_ID_VERSION.test(textOfAnswer(answer))
    ? "try --id-version 4, or 7: the server takes ids of one version only"
    : "check --name, --key and --groups; the server's message says what it does not accept";
  return new AgentError("failed", message, { hint });
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
  // A success is not repeated: it may hold a token under another name.
  const said = answer.status < 300 && bodyForm(answer) !== "page"
    ? `${answer.status} from ${answer.url}, which is not an answer of this protocol`
    : describeAnswer(answer);
  const message = `Cannot ${what}: ${said}`;
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
    return new AgentError("certificate_untrusted", message, { hint: connectionHint(failure) });
  }
  if (changesServer && !beforeSending) {
    return new AgentError(
      "server_unreachable",
      `${message}; the server may have registered the agent all the same`,
      { hint: AMBIGUOUS_HINT },
    );
  }
  return new AgentError("server_unreachable", message, { hint: connectionHint(failure) });
}
