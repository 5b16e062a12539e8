/**
 * The comms API as an agent uses it once it has logged in: events, the long poll, files.
 *
 * A request whose token is refused is repeated once with another one. No answer and no refusal is
 * thrown: each is an outcome. Only the abort of the caller's signal is thrown.
 *
 * @module
 */

import { tellsOfFault, whyUnacknowledged } from "./answers/acknowledgement.ts";
import { bodyForm, jsonOf } from "./answers/answer.ts";
import {
  fateIn,
  isAbsence,
  isTokenRefused,
  isUnknownPath,
  MAX_BYTES,
  notOfTheProtocol,
  read,
  readCommands,
  type Received,
  takenInPart,
  unsupportedOr,
} from "./answers/answer_outcomes.ts";
import { hasResults, readResults } from "./answers/event_results.ts";
import type {
  BatchFate,
  EventsOutcome,
  EventsRequest,
  FileOutcome,
  PollOutcome,
  StartOutcome,
} from "../../shared/protocol/exchange.ts";
import { PollWait } from "./connection/poll_wait.ts";
import { RenewalPace } from "./connection/renewal_pace.ts";
import type { Exchange, ServerConnection, ServerRequest } from "./connection/server_connection.ts";
import type { StateDigestRequest, Stream } from "../../shared/protocol/wire.ts";
import { readStart } from "./answers/start_answer.ts";
import { readComparison, type StateComparison } from "./answers/state_comparison.ts";
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
  /** How long the server is asked to hold a poll. @default it is learnt */
  pollWait?: PollWait;
}

/** Until when, and as whom. */
interface RequestContext {
  signal: AbortSignal;
  /** Only this one: nobody logs in. */
  token?: string;
  /** Called each time that the request leaves: once, or once more with another token. What it returns is called with the answer. */
  onSend?: () => (() => void) | void;
}

/** What is asked for, without who asks. */
export type Endpoint = Omit<ServerRequest, "authorization" | "signal">;

const API = "/api/v1";

/** A poll that was under way for so long was held, in milliseconds. */
const HELD_MS = 1_000;
/** What proxies say when they give a held request up. */
const CUT_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** Talks to the comms API. */
export class CommsClient {
  readonly #options: CommsClientOptions;
  readonly #pollWait: PollWait;
  readonly #renewals: RenewalPace;

  constructor(options: CommsClientOptions) {
    this.#options = options;
    this.#pollWait = options.pollWait ?? new PollWait();
    this.#renewals = new RenewalPace(options.connection.clock);
  }

  /**
   * Sends events once. With a `token` that one is used and no other: nobody logs in.
   *
   * @throws the signal's reason when aborted; the server may have received the events all the same
   */
  async postEvents(
    stream: Stream,
    { body, encoding, idempotencyKey, events, states }: EventsRequest,
    { newConnection = false, ...how }: RequestContext & { newConnection?: boolean },
  ): Promise<EventsOutcome> {
    const exchange = await this.#exchange({
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
    }, how);
    const received = read(exchange, encoding);
    if (received.kind !== "received") return received;
    const { answer } = received;
    const told = jsonOf(answer);
    const missed = whyUnacknowledged(answer, events);
    const isExact = stream === "stateful" && hasResults(told);
    if (missed?.partly && !isExact) return takenInPart(answer, missed.why);
    if (missed && !missed.partly) return notOfTheProtocol(answer, missed.why);
    const results = isExact ? readResults(told, () => states?.() ?? []) : {};
    const { status } = answer;
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
    return unsupportedOr(received, exchange);
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
    return unsupportedOr(received, exchange);
  }

  /**
   * Waits for commands, for as long as the server holds the request; `onSend` is called when that has left. Throws only the signal's
   * reason.
   */
  async poll(
    signal: AbortSignal,
    onSend: NonNullable<RequestContext["onSend"]> = () => {},
  ): Promise<PollOutcome> {
    const { connection: { clock }, pollTimeoutMs } = this.#options;
    let start = clock.monotonic();
    const received = await this.#ask({
      method: "GET",
      path: `${API}/commands`,
      headers: { prefer: `wait=${this.#pollWait.askedMs / 1_000}` },
      timeoutMs: pollTimeoutMs,
      isHeld: true,
      maxBytes: MAX_BYTES,
    }, {
      signal,
      onSend: () => {
        // Time without a token was no time in which the server held anything.
        start = clock.monotonic();
        return onSend();
      },
    });
    const heldMs = clock.monotonic() - start;
    const outcome = this.#pollOutcome(received, heldMs);
    if (outcome.kind === "cut") this.#pollWait.cut(heldMs);
    else if (outcome.kind !== "retry") this.#pollWait.answered(heldMs);
    return outcome;
  }

  #pollOutcome(received: Received, heldMs: number): PollOutcome {
    const { pollTimeoutMs } = this.#options;
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
   * Asks whether an order may begin: `POST /api/v1/commands/<document id>/start`, answered as
   * `StartAnswer` says. Throws only the signal's reason.
   */
  async askStart(documentId: string, signal: AbortSignal): Promise<StartOutcome> {
    const exchange = await this.#exchange({
      method: "POST",
      path: `${API}/commands/${encodeURIComponent(documentId)}/start`,
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_BYTES,
    }, { signal });
    const received = read(exchange);
    if (received.kind === "received") return readStart(received.answer, documentId);
    return { kind: isUnknownPath(exchange) ? "unsupported" : "retry" };
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
    // What tells of a fault in JSON is no file either: it would take the place of the one that is there.
    if (bodyForm(received.answer) === "page" || tellsOfFault(received.answer)) {
      return notOfTheProtocol(received.answer);
    }
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

  /** Sends a request of another part of the comms API, with a token. Throws only the signal's reason, and what `onBody` throws. */
  exchange(endpoint: Endpoint, signal: AbortSignal): Promise<Exchange> {
    return this.#exchange(endpoint, { signal });
  }

  async #ask(endpoint: Endpoint, how: RequestContext): Promise<Received> {
    return read(await this.#exchange(endpoint, how));
  }

  async #exchange(
    endpoint: Endpoint,
    { signal, token, onSend = () => {} }: RequestContext,
  ): Promise<Exchange> {
    const { connection, tokens } = this.#options;
    const send = async (bearer: string) => {
      const onAnswer = onSend();
      const authorization = `Bearer ${bearer}`;
      return await connection.send({ ...endpoint, authorization, signal })
        .finally(() => onAnswer?.());
    };
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

/** Shared memory can't be sent; everything else is sent without being copied. */
function plainBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? bytes as Uint8Array<ArrayBuffer>
    : new Uint8Array(bytes);
}
