/**
 * The comms API as an agent uses it once it has logged in: events, the long poll, files.
 *
 * A request whose token is refused is repeated once with another one. No answer and no refusal is
 * thrown: each is an outcome. Only the abort of the caller's signal is thrown.
 *
 * @module
 */

import { type Answer, bodyForm, describeAnswer, isObject, jsonOf } from "./answer.ts";
import { readResults, statusIn } from "./event_results.ts";
import type {
  BatchFate,
  EventsOutcome,
  EventsRequest,
  FileOutcome,
  GiveUpOutcome,
  PollOutcome,
  RetryOutcome,
} from "../../shared/protocol/exchange.ts";
import { RenewalPace } from "./renewal_pace.ts";
import { acknowledges, judge, mayHaveWorked } from "./response_classifier.ts";
import { excessIn } from "./json_size.ts";
import type { Exchange, ServerConnection, ServerRequest } from "./server_connection.ts";
import type { StateDigestRequest, Stream } from "../../shared/protocol/wire.ts";
import { readComparison, type StateComparison } from "./state_comparison.ts";
import { FILE_SIGNATURE_HEADER } from "../../shared/signing/signed_orders.ts";

/** Where tokens come from. */
interface TokenSource {
  /** A valid token, as soon as there is one; throws only the signal's reason. */
  get(signal: AbortSignal): Promise<string>;
  /** Another one than `staleToken`, as soon as there is one; throws only the signal's reason. */
  renew(staleToken: string, signal: AbortSignal): Promise<string>;
}

/** What a {@linkcode CommsClient} is built with. */
interface CommsClientOptions {
  connection: ServerConnection;
  tokens: TokenSource;
  /** Time limit of a request, in milliseconds. */
  requestTimeoutMs: number;
  /** Time limit of a long poll, in milliseconds: longer than the server holds one. */
  pollTimeoutMs: number;
}

/** An answer that means success, or the outcome that it comes to. */
type Received = { kind: "received"; answer: Answer } | RetryOutcome | GiveUpOutcome;

/** Until when, and as whom. */
interface RequestContext {
  signal: AbortSignal;
  /** Only this one: nobody logs in. */
  token?: string;
}

type Commands = Extract<PollOutcome, { kind: "commands" }>;

type Endpoint = Omit<ServerRequest, "authorization" | "signal">;

const API = "/api/v1";
const MAX_BYTES = 16 * 1024 * 1024;

/** A poll that was under way for so long was held, in milliseconds. */
const HELD_MS = 1_000;
/** What servers say to a path that they do not know. */
const UNKNOWN_PATH: ReadonlySet<number> = new Set([404, 405, 410, 501]);
/** How long a server is asked to hold a poll at most, in seconds (RFC 7240): below the idle limits of common firewalls. */
const ASKED_HOLD_S = 120;
/** What proxies say when they give a held request up. */
const CUT_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** Talks to the comms API. */
export class CommsClient {
  readonly #options: CommsClientOptions;
  readonly #renewals: RenewalPace;

  constructor(options: CommsClientOptions) {
    this.#options = options;
    this.#renewals = new RenewalPace(options.connection.clock);
  }

  /**
   * Sends events once. With a `token` that one is used and no other: nobody logs in.
   *
   * @throws the signal's reason when aborted; the server may have received the events all the same
   */
  async postEvents(
    stream: Stream,
    { body, encoding, idempotencyKey, states }: EventsRequest,
    { signal, token, newConnection = false }: RequestContext & { newConnection?: boolean },
  ): Promise<EventsOutcome> {
    const received = await this.#ask({
      method: "POST",
      path: `${API}/events/${stream}`,
      headers: {
        ...(encoding !== "identity" && { "content-encoding": encoding }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      },
      body: plainBytes(body),
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_BYTES,
      newConnection,
    }, { signal, ...(token !== undefined && { token }) });
    if (received.kind !== "received") return received;
    const { answer } = received;
    if (!acknowledges(answer)) return notOfTheProtocol(answer);
    const { status } = answer;
    const results = stream === "stateful"
      ? readResults(jsonOf(answer), () => states?.() ?? [])
      : {};
    return results === undefined ? notOfTheProtocol(answer) : { kind: "done", status, ...results };
  }

  /**
   * Asks what became of a batch that was tried without an answer: `GET /api/v1/batches/<id>`, which is answered with
   * `200 {"batch_id","known","answer":{"status"}|null}`. Throws only the signal's reason.
   */
  async batchFate(id: string, signal: AbortSignal): Promise<BatchFate> {
    const exchange = await this.#exchange({
      method: "GET",
      path: `${API}/batches/${encodeURIComponent(id)}`,
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal });
    const received = read(exchange);
    if (received.kind === "received") return fateIn(received.answer, id);
    const { status = 0 } = received;
    const misses = received.kind === "give_up" || UNKNOWN_PATH.has(status);
    return misses && !isPage(exchange) ? { kind: "unsupported" } : { ...received, kind: "retry" };
  }

  /**
   * Compares digests of what was told of a collector with what the server has: `POST /api/v1/state/digest`. Throws only the signal's
   * reason.
   */
  async compareStates(
    request: StateDigestRequest,
    signal: AbortSignal,
  ): Promise<StateComparison> {
    const exchange = await this.#exchange({
      method: "POST",
      path: `${API}/state/digest`,
      body: new TextEncoder().encode(JSON.stringify(request)),
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal });
    const received = read(exchange);
    if (received.kind === "received") {
      return readComparison(jsonOf(received.answer)) ?? { kind: "unsupported" };
    }
    const { status = 0 } = received;
    const misses = received.kind === "give_up" || UNKNOWN_PATH.has(status);
    return misses && !isPage(exchange) ? { kind: "unsupported" } : { ...received, kind: "retry" };
  }

  /**
   * Waits for commands, for as long as the server holds the request. Throws only the signal's
   * reason.
   */
  async poll(signal: AbortSignal): Promise<PollOutcome> {
    const { connection: { clock }, pollTimeoutMs } = this.#options;
    const start = clock.monotonic();
    const received = await this.#ask({
      method: "GET",
      path: `${API}/commands`,
      headers: { prefer: `wait=${ASKED_HOLD_S}` },
      timeoutMs: pollTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal });
    const heldMs = clock.monotonic() - start;
    const empty = { kind: "empty", heldMs } as const;
    if (received.kind === "received") {
      const brought = readCommands(received.answer);
      return "kind" in brought ? brought : { ...empty, ...brought };
    }
    if (received.kind === "give_up") return { ...received, kind: "retry" };
    const { status, reason } = received;
    // A poll that outlasts our own limit was held by a server that works.
    if (status === 408 || heldMs >= pollTimeoutMs) return empty;
    const isCut = status === undefined ? received.unanswered : CUT_STATUSES.has(status);
    return isCut && heldMs >= HELD_MS ? { kind: "cut", heldMs, reason } : received;
  }

  /**
   * Gets a file of the server by its name; with `etag`, only when the server does not call it that any more. Throws only the
   * signal's reason.
   */
  async getFile(name: string, signal: AbortSignal, etag?: string): Promise<FileOutcome> {
    const exchange = await this.#exchange({
      method: "GET",
      path: `${API}/files?file_name=${encodeURIComponent(name)}`,
      headers: {
        accept: "application/octet-stream, application/json",
        ...(etag !== undefined && { "if-none-match": etag }),
      },
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal });
    if (isAbsence(exchange)) return { kind: "not_found" };
    if (etag !== undefined && exchange.kind === "answer" && exchange.status === 304) {
      return { kind: "unchanged" };
    }
    const received = read(exchange);
    if (received.kind !== "received") return received;
    if (bodyForm(received.answer) === "page") return notOfTheProtocol(received.answer);
    const { bytes, truncated, status, url, headers } = received.answer;
    if (truncated) {
      const reason = `answer of ${url} is longer than ${MAX_BYTES} bytes`;
      return { kind: "give_up", status, reason };
    }
    const signature = headers.get(FILE_SIGNATURE_HEADER);
    const tag = headers.get("etag");
    return {
      kind: "file",
      bytes,
      ...(signature !== null && { signature }),
      ...(tag !== null && { etag: tag }),
    };
  }

  async #ask(endpoint: Endpoint, how: RequestContext): Promise<Received> {
    return read(await this.#exchange(endpoint, how));
  }

  async #exchange(endpoint: Endpoint, { signal, token }: RequestContext): Promise<Exchange> {
    const { connection, tokens } = this.#options;
    const send = (bearer: string) =>
      connection.send({ ...endpoint, authorization: `Bearer ${bearer}`, signal });
    if (token !== undefined) return await send(token);
    const name = nameOf(endpoint);
    const first = await tokens.get(signal);
    const exchange = await send(first);
    if (!isTokenRefused(exchange)) return this.#accepted(name, exchange);
    if (!this.#renewals.mayRenew(name)) return exchange;
    const second = await tokens.renew(first, signal);
    const repeated = await send(second);
    if (!isTokenRefused(repeated)) return this.#accepted(name, repeated);
    this.#renewals.refused(name, second);
    return repeated;
  }

  /** Who is out of order has not looked at the token. */
  #accepted(name: string, exchange: Exchange): Exchange {
    if (exchange.kind === "answer" && exchange.status < 500) this.#renewals.accepted(name);
    return exchange;
  }
}

/** The path without what tells one file or batch from another. */
function nameOf({ path }: Endpoint): string {
  return path.replace(/\?.*|(?<=\/batches)\/.*/, "");
}

function isPage(exchange: Exchange): boolean {
  return exchange.kind === "answer" && bodyForm(exchange) === "page";
}

/** An answer about something else is that of a server which answers to every path. */
function fateIn(answer: Answer, id: string): BatchFate {
  const body = jsonOf(answer);
  if (!isObject(body) || body.batch_id !== id) return { kind: "unsupported" };
  if (body.known === false) return { kind: "unknown" };
  if (body.known !== true) return { kind: "unsupported" };
  const status = isObject(body.answer) ? statusIn(body.answer.status) : undefined;
  return { kind: "received", status: status ?? 200 };
}

/** A page that says 404 is that of another server: whether there is a file is not known. */
function isAbsence(exchange: Exchange): boolean {
  return exchange.kind === "answer" && exchange.status === 404 && !isPage(exchange);
}

function isTokenRefused(exchange: Exchange): boolean {
  return exchange.kind === "answer" && judge(exchange).kind === "token";
}

function read(exchange: Exchange): Received {
  if (exchange.kind === "failure") {
    const { kind: cause, text, beforeSending } = exchange.failure;
    return { kind: "retry", reason: text, cause, ...(!beforeSending && { unanswered: true }) };
  }
  const verdict = judge(exchange);
  const { status } = exchange;
  const reason = describeAnswer(exchange);
  switch (verdict.kind) {
    case "done":
      return { kind: "received", answer: exchange };
    case "give_up":
      return { kind: "give_up", status, reason };
    case "token":
      return { kind: "retry", status, reason, tokenRefused: true };
    case "retry":
      return retry(exchange, verdict);
  }
}

function retry(
  answer: Answer,
  { afterMs, misdirected }: { afterMs?: number; misdirected?: true },
): RetryOutcome {
  const hint = misdirected ? " (is this the right server and path, and no proxy?)" : "";
  return {
    kind: "retry",
    status: answer.status,
    reason: describeAnswer(answer) + hint,
    ...(afterMs !== undefined && { afterMs }),
    ...(mayHaveWorked(answer) && { unanswered: true }),
  };
}

/** A success that does not read like one of this protocol. */
function notOfTheProtocol(answer: Answer): RetryOutcome {
  const why = tooMuchIn(answer) ?? `${describeAnswer(answer)} (not an answer of this protocol)`;
  return { kind: "retry", status: answer.status, reason: why, unanswered: true };
}

function tooMuchIn({ truncated, bytes, url }: Answer): string | undefined {
  if (truncated) return `answer of ${url} is longer than ${MAX_BYTES} bytes`;
  const excess = excessIn(bytes);
  return excess && `answer of ${url} is not read: ${excess}`;
}

/** Nothing when the answer brings no commands, in any of the forms in which servers say so. */
function readCommands(answer: Answer): Commands | RetryOutcome | { problem?: string } {
  if (bodyForm(answer) === "empty") return {};
  const body = jsonOf(answer);
  if (!isObject(body) || Array.isArray(body)) return notOfTheProtocol(answer);
  const { commands } = body;
  if (Array.isArray(commands)) return commands.length > 0 ? { kind: "commands", commands } : {};
  // An empty list is an object in some languages.
  const isNone = commands === undefined || commands === null ||
    (isObject(commands) && Object.keys(commands).length === 0);
  return isNone ? {} : { problem: `${describeAnswer(answer)} ("commands" is no list)` };
}

/** Shared memory can't be sent; everything else is sent without being copied. */
function plainBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? bytes as Uint8Array<ArrayBuffer>
    : new Uint8Array(bytes);
}
