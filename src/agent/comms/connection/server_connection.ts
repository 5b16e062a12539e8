/**
 * One request to a server and whatever came of it: the headers every request carries, the time
 * limit, the bound on the answer. What an answer means is not known here.
 *
 * @module
 */

import { type Clock, systemClock } from "../../../shared/clock.ts";
import { Buffer } from "node:buffer";
import { Secrets } from "../../../shared/log/secrets.ts";
import { type Answer, jsonOf, textMember } from "../answers/answer.ts";
import { isBearerToken } from "../login/access_token.ts";
import { BodyRefusal, passOn, readBounded } from "../answers/bounded_body.ts";
import { describeFetchError, type FetchFailure, timeLimitPassed } from "./fetch_error.ts";
import type { ServerClock } from "../server_clock.ts";
import { ServerList } from "./server_list.ts";
import { withTimeLimit } from "../time_limit.ts";

/**
 * The part of `fetch` that is used. A test hands in `(url, init) => app.fetch(new Request(url,
 * init))`.
 */
export type FetchLike = (url: string, init: FetchInit) => Promise<Response>;

/** A request, and over what it goes. */
interface FetchInit extends RequestInit {
  /** True: over a connection that no other request has used or will use. @default false */
  newConnection?: boolean;
}

/** What a {@linkcode ServerConnection} is built with. */
interface ServerConnectionOptions {
  /**
   * Scheme, host and port, such as `https://manager:27000`. A path in front of the API's own is
   * kept. Several with commas between: see {@linkcode ServerList}.
   */
  serverUrl: string;
  fetch: FetchLike;
  /** See `user_agent.ts`. */
  userAgent: string;
  clock?: Clock;
  /** Is told every secret that is sent or comes. @default one of its own */
  secrets?: Secrets;
  /** Is told the `Date` of each answer. @default nobody is */
  serverClock?: Pick<ServerClock, "note">;
}

/** One request. */
export interface ServerRequest {
  method: "GET" | "POST" | "DELETE";
  /** From the root of the server, with its query. */
  path: string;
  /** Value of `Authorization`. Never logged. */
  authorization?: string;
  /** Secrets in the body. Never logged. */
  secrets?: readonly string[];
  /** The member of the answer, at its top level or under `data`, that is a secret. A token that no header can carry counts as none. */
  brings?: "token" | "key";
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | string;
  /** Until the whole answer is read, in milliseconds. */
  timeoutMs: number;
  /** Most bytes read of a successful answer; of an error 64 KiB are read. */
  maxBytes: number;
  /** True: over a connection of its own. @default false */
  newConnection?: boolean;
  /** True for a request that the server answers when there is something. @default false */
  isHeld?: boolean;
  /**
   * Takes the body of a success piece by piece, in place of `Answer.bytes`, and without a bound: nothing is searched in it for secrets.
   * Returns `undefined` for an answer whose body is to be read as usual. What it throws ends the request.
   */
  onBody?: (head: AnswerHead) => ((bytes: Uint8Array) => Promise<void>) | undefined;
  signal: AbortSignal;
}

/** What of an answer comes before its body. */
type AnswerHead = Pick<Answer, "status" | "headers">;

/** What came of a request. */
export type Exchange = Answer | { kind: "failure"; failure: FetchFailure };

/** What a server, or a proxy before it, says when the server is not there. */
const GONE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/** A request that was under way for so long was held, in milliseconds. */
const HELD_MS = 1_000;

const MAX_ERROR_BYTES = 65_536;

/** A server, its address, and how to talk to it. */
export class ServerConnection {
  readonly #servers: ServerList;
  readonly clock: Clock;
  readonly #fetch: FetchLike;
  readonly #userAgent: string;
  readonly #secrets: Secrets;
  readonly #serverClock: Pick<ServerClock, "note"> | undefined;

  constructor(options: ServerConnectionOptions) {
    const { serverUrl, fetch, userAgent, clock = systemClock, secrets } = options;
    this.#servers = new ServerList({ urls: serverUrl, clock });
    this.clock = clock;
    this.#fetch = fetch;
    this.#userAgent = userAgent;
    this.#secrets = secrets ?? new Secrets();
    this.#serverClock = options.serverClock;
  }

  /** Address of the server that is in use. */
  get serverUrl(): string {
    return this.#servers.current;
  }

  /**
   * Sends one request and reads the answer. No answer is a result, not an exception. A server that the request did not reach has
   * the next one asked at once.
   *
   * @throws the reason of `request.signal` once that is aborted
   */
  async send(request: ServerRequest): Promise<Exchange> {
    for (const secret of secretsIn(request)) this.#secrets.add(secret);
    for (let left = this.#servers.size;; left--) {
      const server = this.#servers.current;
      const startedMs = this.clock.monotonic();
      const exchange = await this.#sendTo(server, request);
      const reason = whyUnusable(exchange, {
        isHeld: request.isHeld === true && this.clock.monotonic() - startedMs >= HELD_MS,
      });
      if (reason === undefined) return exchange;
      this.#servers.failed(server, reason);
      const isUnsent = exchange.kind === "failure" && exchange.failure.beforeSending;
      if (left <= 1 || !isUnsent) return exchange;
    }
  }

  async #sendTo(server: string, request: ServerRequest): Promise<Exchange> {
    const url = server + request.path;
    const { timeoutMs: limitMs, signal } = request;
    try {
      const work = (stop: AbortSignal) => this.#exchange(url, request, stop);
      const limited = await withTimeLimit(work, { limitMs, clock: this.clock, signal });
      if (limited.kind === "finished") return limited.value;
      return { kind: "failure", failure: timeLimitPassed(url, limitMs) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof BodyRefusal) throw error.cause;
      const hide = (text: string) => this.#secrets.hide(text);
      return { kind: "failure", failure: describeFetchError(error, url, hide) };
    }
  }

  async #exchange(url: string, request: ServerRequest, signal: AbortSignal): Promise<Answer> {
    const response = await this.#fetch(url, {
      method: request.method,
      headers: this.#headers(request),
      // A redirect would carry the token to whoever the answer names.
      redirect: "manual",
      signal,
      ...(request.newConnection && { newConnection: true }),
      ...(request.body !== undefined && { body: request.body }),
    });
    const { status, headers, ok } = response;
    this.#serverClock?.note(headers.get("date"));
    const take = ok ? request.onBody?.({ status, headers }) : undefined;
    if (take !== undefined) {
      await passOn(response, { take, signal });
      const bytes = new Uint8Array();
      return { kind: "answer", url, status, headers, bytes, truncated: false };
    }
    const { bytes, truncated } = await readBounded(response, {
      maxBytes: ok ? request.maxBytes : MAX_ERROR_BYTES,
      signal,
    });
    return this.#withoutSecrets(
      { kind: "answer", url, status, headers, bytes, truncated },
      request,
    );
  }

  /** What a server repeats of a request, or says of its own, stops here: nothing after this has to be careful. */
  #withoutSecrets(answer: Answer, { brings }: ServerRequest): Answer {
    const secret = brings && textMember(jsonOf(answer), brings);
    if (secret !== undefined) this.#secrets.add(secret);
    const text = new TextDecoder().decode(answer.bytes);
    const shown = this.#secrets.hide(text);
    const bytes = shown === text ? answer.bytes : new TextEncoder().encode(shown);
    const isUsable = brings !== "token" || secret === undefined || isBearerToken(secret);
    return { ...answer, bytes, secret: isUsable ? secret : undefined };
  }

  #headers({ authorization, headers, body }: ServerRequest): Record<string, string> {
    return {
      "user-agent": this.#userAgent,
      accept: "application/json",
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    };
  }
}

/** Why another server is to be used; `undefined` when this one does. */
function whyUnusable(exchange: Exchange, { isHeld }: { isHeld: boolean }): string | undefined {
  if (exchange.kind === "answer") {
    const { status, url } = exchange;
    return GONE_STATUSES.has(status) && !isHeld ? `${status} from ${url}` : undefined;
  }
  const { beforeSending, text } = exchange.failure;
  // Proxies cut what is held, and nothing is wrong with the server then.
  return beforeSending || !isHeld ? text : undefined;
}

function secretsIn({ authorization = "", secrets = [] }: ServerRequest): string[] {
  const [scheme, value = ""] = authorization.split(" ");
  if (scheme !== "Basic") return [value, ...secrets];
  return [value, Buffer.from(value, "base64").toString().replace(/^[^:]*:/, ""), ...secrets];
}
