/**
 * The one place that logs in, however many requests need a token.
 *
 * A token is valid until its time is over or somebody reports it as stale. Without a valid one,
 * everybody who asks waits for the same login loop, which tries with back-off for as long as
 * anybody waits. The moment of the next try outlives the loop, so that neither impatient callers
 * nor a server that hands out useless tokens make it faster. A refusal changes nothing but the
 * pace: credentials are kept and tried again slowly.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AnySignal } from "../../../shared/any_signal.ts";
import { type Clock, systemClock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import { type HeldToken, receiveToken, restoreToken } from "./access_token.ts";
import { Backoff } from "../connection/backoff.ts";
import { LoginFailures, type LoginLog } from "./login_failures.ts";
import type { LoginAnswer } from "./login.ts";
import type { SavedToken } from "../../../shared/protocol/agent_identity.ts";
import type { TokenState, TokenStatus } from "../../../shared/protocol/part_status.ts";

/** What a {@linkcode TokenKeeper} is built with. */
interface TokenKeeperOptions {
  /** One try to log in; throws only the reason of its signal. */
  login: (signal: AbortSignal) => Promise<LoginAnswer>;
  /** The token of an earlier run. */
  cached?: SavedToken | undefined;
  /** Is given each new token, to keep it for the next run. */
  onToken?: (token: SavedToken) => void;
  /** Is told of each log-in that failed. */
  onFailure?: (failure: { kind: "retry" | "refused"; reason: string }) => void;
  /** First and longest wait between tries, in milliseconds. @default 1 s, 60 s */
  backoff?: { baseMs: number; maxMs: number };
  /** Wait between tries after a refusal, in milliseconds. @default 10 min */
  refusedRetryMs?: number;
  /** Shortest time between two log-ins whatever happens, in milliseconds. @default 1 s */
  minLoginIntervalMs?: number;
  clock?: Clock;
  /** A number in [0, 1). @default Math.random */
  random?: () => number;
  log?: LoginLog;
}

/** A login loop and how many wait for it. */
interface Loop {
  finished: Promise<void>;
  stop: AbortController;
  waiting: number;
}

/** A token that was good for so long, in milliseconds, was no useless one. */
const USEFUL_LIFE_MS = 10_000;

/** Keeps a valid token at hand. */
export class TokenKeeper {
  readonly #options: Required<Omit<TokenKeeperOptions, "cached" | "backoff" | "log">>;
  readonly #backoff: Backoff;
  /** Waits after tokens that were refused as soon as they were there. */
  readonly #uselessTokens: Backoff;
  readonly #failures: LoginFailures;
  #held: HeldToken | undefined;
  #loop: Loop | undefined;
  #nextTryAt = -Infinity;
  #replaced = new AbortController();
  #state: { name: TokenState; since: number };

  constructor(
    { cached, backoff = { baseMs: 1_000, maxMs: 60_000 }, log, ...rest }: TokenKeeperOptions,
  ) {
    this.#options = {
      onToken: () => {},
      onFailure: () => {},
      refusedRetryMs: 600_000,
      minLoginIntervalMs: 1_000,
      clock: systemClock,
      random: Math.random,
      ...rest,
    };
    this.#backoff = new Backoff({ ...backoff, random: this.#options.random });
    this.#uselessTokens = new Backoff({ ...backoff, random: this.#options.random });
    this.#failures = new LoginFailures(log ?? getLogger(["agent", "comms"]));
    this.#held = cached && restoreToken(cached, this.#options);
    this.#state = { name: this.#stateName(), since: this.#now() };
  }

  /**
   * A valid token, as soon as there is one.
   *
   * @throws the signal's reason, as soon as the signal is aborted
   */
  async get(signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const held = this.#held;
      if (held !== undefined && this.#now() < held.expiresAt) return held.saved.value;
      await this.#logIn(signal);
    }
  }

  /**
   * Another token than `staleToken`, which the server refused: the current one if that is another
   * already, else a new one.
   *
   * @throws the signal's reason, as soon as the signal is aborted
   */
  renew(staleToken: string, signal: AbortSignal): Promise<string> {
    const held = this.#held;
    // Many requests are refused with one token; only the first of them may throw it away.
    if (held?.saved.value === staleToken) {
      this.#slowDown(held);
      this.#hold(undefined);
    }
    return this.get(signal);
  }

  /** A server that refuses the tokens that it hands out would otherwise be asked for the next one with each request. */
  #slowDown({ receivedAt }: HeldToken): void {
    if (this.#now() - receivedAt >= USEFUL_LIFE_MS) this.#uselessTokens.reset();
    else this.#postpone(this.#uselessTokens.next());
  }

  /** The latest token that nobody has called stale, or `undefined`. Never logs in. */
  current(): string | undefined {
    return this.#held?.saved.value;
  }

  /**
   * Logs in and replaces each token before its time is over, until the signal is aborted; then
   * resolves.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.get(signal);
        if (await this.#isDue(signal)) await this.#logIn(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** How log-in stands now. */
  status(): TokenStatus {
    this.#noteState();
    const { clock } = this.#options;
    const forMs = Math.round(this.#now() - this.#state.since);
    const { reason, cause } = this.#failures;
    const expiresAt = this.#held?.saved.expires_at;
    return {
      state: this.#state.name,
      since: new Date(clock.now() - forMs).toISOString(),
      for_ms: forMs,
      ...(reason !== undefined && {
        reason,
        next_try_in_ms: Math.max(0, Math.round(this.#nextTryAt - this.#now())),
        ...(cause && { cause }),
      }),
      ...(expiresAt && { expires_at: expiresAt }),
    };
  }

  /**
   * Waits until the token that is held now is due to be replaced; false when something else
   * replaced it before.
   */
  async #isDue(signal: AbortSignal): Promise<boolean> {
    const held = this.#held;
    if (held === undefined) return false;
    using either = new AnySignal(signal, this.#replaced.signal);
    try {
      await this.#options.clock.sleep(held.refreshAt - this.#now(), either.signal);
    } catch {
      signal.throwIfAborted();
    }
    return this.#held === held;
  }

  /**
   * Waits for the login loop, and starts one if there is none. The last one who stops waiting stops
   * it.
   */
  async #logIn(signal: AbortSignal): Promise<void> {
    const loop = this.#loop ??= this.#startLoop();
    loop.waiting++;
    this.#noteState();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([loop.finished, aborted]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (--loop.waiting === 0) this.#end(loop);
    }
  }

  #startLoop(): Loop {
    const stop = new AbortController();
    const finished = this.#loginLoop(stop.signal);
    // Whoever waits sees the failure; when nobody does, it is only the loop being stopped.
    finished.catch(() => {});
    return { finished, stop, waiting: 0 };
  }

  #end(loop: Loop): void {
    loop.stop.abort();
    if (this.#loop === loop) this.#loop = undefined;
    this.#noteState();
  }

  async #loginLoop(signal: AbortSignal): Promise<void> {
    const { clock, login, minLoginIntervalMs } = this.#options;
    for (;;) {
      if (this.#nextTryAt > this.#now()) await clock.sleep(this.#nextTryAt - this.#now(), signal);
      this.#nextTryAt = this.#now() + minLoginIntervalMs;
      const answer = await login(signal).catch((error) => {
        // Given up by whoever waited: for the pace that is a failure too.
        this.#postpone(this.#backoff.next());
        throw error;
      });
      if (answer.kind === "token") return this.#accept(answer);
      this.#fail(answer);
    }
  }

  #accept({ token, date }: LoginAnswer & { kind: "token" }): void {
    // Whoever asks from now on must not join a loop that is over.
    this.#loop = undefined;
    this.#backoff.reset();
    this.#failures.over();
    const held = receiveToken(token, date, this.#options);
    this.#hold(held);
    try {
      this.#options.onToken(held.saved);
    } catch (error) {
      // The token is good even if it can't be kept for the next start.
      this.#failures.log.warn("Cannot keep the token for the next start: {reason}", {
        reason: messageOf(error),
      });
    }
  }

  #fail(answer: LoginAnswer & { kind: "retry" | "refused" }): void {
    const { refusedRetryMs, random } = this.#options;
    const waitMs = answer.kind === "refused"
      ? refusedRetryMs * (0.9 + random() * 0.2)
      : this.#backoff.next(answer.afterMs);
    this.#postpone(waitMs);
    this.#failures.add(answer, waitMs);
    this.#noteState();
    this.#options.onFailure({ kind: answer.kind, reason: answer.reason });
  }

  #postpone(waitMs: number): void {
    this.#nextTryAt = Math.max(this.#nextTryAt, this.#now() + waitMs);
  }

  #hold(held: HeldToken | undefined): void {
    this.#held = held;
    this.#replaced.abort();
    this.#replaced = new AbortController();
    this.#noteState();
  }

  #noteState(): void {
    const name = this.#stateName();
    if (name !== this.#state.name) this.#state = { name, since: this.#now() };
  }

  #stateName(): TokenState {
    if (this.#failures.kind === "refused") return "refused";
    if (this.#held !== undefined && this.#now() < this.#held.expiresAt) return "valid";
    if (this.#failures.kind === "retry") return "retrying";
    return this.#loop === undefined ? "none" : "logging_in";
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}
