/**
 * The comms API as an agent uses it once it has logged in: events, the long poll, files.
 *
 * A request whose token is refused is repeated once with another one. No answer and no refusal is
 * thrown: each is an outcome. Only the abort of the caller's signal is thrown.
 *
 * @module
 */

import { type Answer, describeAnswer, isObject, jsonOf } from "./answer.ts";
import { refusedEvents } from "./event_results.ts";
import type {
  EventsOutcome,
  EventsRequest,
  FileOutcome,
  GiveUpOutcome,
  PollOutcome,
  RetryOutcome,
} from "../../shared/protocol/exchange.ts";
import { classify } from "./response_classifier.ts";
import type { Exchange, ServerConnection, ServerRequest } from "./server_connection.ts";
import type { Stream } from "../../shared/protocol/wire.ts";

/** Where tokens come from. */
export interface TokenSource {
  /** A valid token, as soon as there is one; throws only the signal's reason. */
  get(signal: AbortSignal): Promise<string>;
  /** Another one than `staleToken`, as soon as there is one; throws only the signal's reason. */
  renew(staleToken: string, signal: AbortSignal): Promise<string>;
}

/** What a {@linkcode CommsClient} is built with. */
export interface CommsClientOptions {
  connection: ServerConnection;
  tokens: TokenSource;
  /** Time limit of a request, in milliseconds. */
  requestTimeoutMs: number;
  /** Time limit of a long poll, in milliseconds: longer than the server holds one. */
  pollTimeoutMs: number;
}

/** An answer that means success, or the outcome that it comes to. */
type Received = { kind: "received"; answer: Answer } | RetryOutcome | GiveUpOutcome;

type Endpoint = Omit<ServerRequest, "authorization" | "signal">;

const API = "/api/v1";
const MAX_BYTES = 16 * 1024 * 1024;

/** Talks to the comms API. */
export class CommsClient {
  readonly #options: CommsClientOptions;

  constructor(options: CommsClientOptions) {
    this.#options = options;
  }

  /**
   * Sends events once. With a `token` that one is used and no other: nobody logs in.
   *
   * @throws the signal's reason when aborted; the server may have received the events all the same
   */
  async postEvents(
    stream: Stream,
    { body, encoding, idempotencyKey }: EventsRequest,
    { signal, token }: { signal: AbortSignal; token?: string },
  ): Promise<EventsOutcome> {
    const received = await this.#ask({
      method: "POST",
      path: `${API}/events/${stream}`,
      headers: {
        ...(encoding === "gzip" && { "content-encoding": "gzip" }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      },
      body: plainBytes(body),
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal, ...(token !== undefined && { token }) });
    if (received.kind !== "received") return received;
    const { status } = received.answer;
    const refused = stream === "stateful" ? refusedEvents(jsonOf(received.answer)) : [];
    return refused.length > 0 ? { kind: "done", status, refused } : { kind: "done", status };
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
      timeoutMs: pollTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal });
    const empty = { kind: "empty", heldMs: clock.monotonic() - start } as const;
    if (received.kind === "retry") return received.status === 408 ? empty : received;
    if (received.kind === "give_up") return { ...received, kind: "retry" };
    return readCommands(received.answer) ?? empty;
  }

  /** Gets a file of the server by its name. Throws only the signal's reason. */
  async getFile(name: string, signal: AbortSignal): Promise<FileOutcome> {
    const received = await this.#ask({
      method: "GET",
      path: `${API}/files?file_name=${encodeURIComponent(name)}`,
      headers: { accept: "application/octet-stream, application/json" },
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal });
    if (received.kind === "retry" && received.status === 404) return { kind: "not_found" };
    if (received.kind !== "received") return received;
    const { bytes, truncated, status, url } = received.answer;
    if (truncated) return { kind: "give_up", status, reason: tooLong(url) };
    return { kind: "file", bytes };
  }

  async #ask(
    endpoint: Endpoint,
    { signal, token }: { signal: AbortSignal; token?: string },
  ): Promise<Received> {
    const { connection, tokens } = this.#options;
    const send = (bearer: string) =>
      connection.send({ ...endpoint, authorization: `Bearer ${bearer}`, signal });
    if (token !== undefined) return read(await send(token));
    const first = await tokens.get(signal);
    const exchange = await send(first);
    if (!isTokenRefused(exchange)) return read(exchange);
    return read(await send(await tokens.renew(first, signal)));
  }
}

function isTokenRefused(exchange: Exchange): boolean {
  return exchange.kind === "answer" &&
    classify(exchange.status, exchange.headers).kind === "token";
}

function read(exchange: Exchange): Received {
  if (exchange.kind === "failure") return { kind: "retry", reason: exchange.failure.text };
  const { status, headers } = exchange;
  const verdict = classify(status, headers);
  if (verdict.kind === "done") return { kind: "received", answer: exchange };
  const reason = describeAnswer(exchange);
  if (verdict.kind === "give_up") return { kind: "give_up", status, reason };
  if (verdict.kind === "token") return { kind: "retry", status, reason };
  const { afterMs, misdirected } = verdict;
  return {
    kind: "retry",
    status,
    reason: misdirected ? `${reason} (is this the right server and path, and no proxy?)` : reason,
    ...(afterMs !== undefined && { afterMs }),
  };
}

/** `undefined` when the answer brings no commands, in any of the forms in which servers say so. */
function readCommands(answer: Answer): PollOutcome | undefined {
  const { status, url, bytes, truncated } = answer;
  if (truncated) return { kind: "retry", status, reason: tooLong(url) };
  const body = jsonOf(answer);
  if (body === undefined && bytes.length > 0) {
    return { kind: "retry", status, reason: `${describeAnswer(answer)} (not JSON)` };
  }
  const commands = isObject(body) && Array.isArray(body.commands) ? body.commands : [];
  return commands.length > 0 ? { kind: "commands", commands } : undefined;
}

function tooLong(url: string): string {
  return `answer of ${url} is longer than ${MAX_BYTES} bytes`;
}

/** Shared memory can't be sent; everything else is sent without being copied. */
function plainBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? bytes as Uint8Array<ArrayBuffer>
    : new Uint8Array(bytes);
}
