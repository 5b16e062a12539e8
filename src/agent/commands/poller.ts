/**
 * Holds one request for commands open, always.
 *
 * A connection can die without a word (a firewall forgets it), and then nothing comes, for ever. So a poll that is older than any
 * that this server answered gets another one beside it. The old one stays: it may be alive, and commands may be on their way in it.
 * Once a younger one is answered, what is older than the server ever held is given up.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { PollOutcome, RetryOutcome } from "../../shared/protocol/exchange.ts";
import type { PollerStatus } from "../../shared/protocol/part_status.ts";
import { HoldTimes } from "./hold_times.ts";
import { HELD_MS, PollPace } from "./poll_pace.ts";

/** What a {@linkcode Poller} is built with. */
interface PollerDeps {
  /**
   * Waits for commands once. Calls `onSend` whenever the request leaves, and what that returns with each answer. Rejects only when the
   * signal is aborted.
   */
  poll(signal: AbortSignal, onSend: () => () => void): Promise<PollOutcome>;
  /** Takes commands, and resolves with how many are new; the next poll begins then. */
  onCommands(commands: readonly unknown[]): Promise<number>;
  retryWaits: { next(afterMs?: number): number; reset(): void };
  clock: Clock;
}

/** A request that waits for commands. */
interface OpenPoll {
  startedMs: number;
  stop: AbortController;
  outcome: Promise<PollOutcome>;
}

/** A request that waits no more. */
interface EndedPoll {
  poll: OpenPoll;
  outcome: PollOutcome;
}

/** So many commands of one answer are taken. */
const MAX_COMMANDS = 1_000;
/** More than these are never open side by side. */
const MAX_OPEN = 4;

type PollFailure = Pick<PollerStatus, "reason" | "cause" | "next_try_at_ms">;
const NO_FAILURE: PollFailure = { reason: undefined, cause: undefined, next_try_at_ms: undefined };

/** Polls until it is stopped. */
export class Poller {
  readonly #deps: PollerDeps;
  readonly #log = getLogger(["agent", "commands"]);
  readonly #open = new Set<OpenPoll>();
  readonly #holdTimes = new HoldTimes();
  readonly #pace = new PollPace();
  #status: PollerStatus;

  constructor(deps: PollerDeps) {
    this.#deps = deps;
    this.#status = {
      state: "stopped",
      since_ms: deps.clock.now(),
      reason: undefined,
      next_try_at_ms: undefined,
      received: 0,
      last_answer_ms: undefined,
      cut: 0,
    };
  }

  /** Polls until the signal is aborted, then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    this.#become("waiting");
    const onAbort = () => this.#giveUp([...this.#open], signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) await this.#step(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#giveUp([...this.#open], "stopped");
      this.#become("stopped");
    }
  }

  /** How it stands now. */
  status(): PollerStatus {
    return this.#status;
  }

  async #step(signal: AbortSignal): Promise<void> {
    if (this.#open.size === 0) this.#begin();
    const ended = await this.#nextEnd(signal);
    signal.throwIfAborted();
    if (ended === undefined) return this.#beginBeside();
    this.#open.delete(ended.poll);
    await this.#take(ended.outcome, this.#ageOf(ended.poll), signal);
  }

  /** None is waited for so long that no new connection is tried: the way may work again by now. */
  #beginBeside(): void {
    const [oldest] = this.#open;
    if (oldest !== undefined && this.#open.size >= MAX_OPEN) {
      this.#giveUp([oldest], "stale");
      this.#log.warn(
        "None of the last {count} requests for commands was answered, each older than any before; " +
          "the oldest is given up and another is opened",
        { count: MAX_OPEN },
      );
    } else {
      this.#log.debug(
        "A request for commands is older than any that was answered; another is opened",
      );
    }
    this.#begin();
  }

  #begin(): void {
    const stop = new AbortController();
    const poll = { startedMs: this.#deps.clock.monotonic(), stop };
    const outcome = this.#poll(stop.signal, () => poll.startedMs = this.#deps.clock.monotonic());
    // One that is given up has nobody who waits for it.
    outcome.catch(() => {});
    this.#open.add(Object.assign(poll, { outcome }));
  }

  /** A poll that is held is answered by a server that works, long before the answer comes. */
  async #poll(signal: AbortSignal, onSend: () => void): Promise<PollOutcome> {
    return await this.#deps.poll(signal, () => {
      onSend();
      const answered = new AbortController();
      if (this.#status.state === "retrying") {
        this.#deps.clock.sleep(HELD_MS, answered.signal).then(() => this.#recover(), () => {});
      }
      return () => answered.abort();
    });
  }

  /** The next poll that ends; `undefined` when the youngest has grown older than any that was answered. */
  async #nextEnd(signal: AbortSignal): Promise<EndedPoll | undefined> {
    const youngest = [...this.#open].at(-1);
    const ends = [...this.#open].map(async (poll) => ({ poll, outcome: await poll.outcome }));
    if (youngest === undefined) return await Promise.race(ends);
    const over = new AbortController();
    const leftMs = this.#holdTimes.staleAfterMs - this.#ageOf(youngest);
    const stale = this.#deps.clock.sleep(leftMs, over.signal).then(() => undefined);
    stale.catch(() => {});
    const onAbort = () => over.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([...ends, stale]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      over.abort("over");
    }
  }

  async #take(outcome: PollOutcome, heldMs: number, signal: AbortSignal): Promise<void> {
    if (outcome.kind === "retry") return await this.#backOff(outcome, signal);
    this.#recover();
    if (outcome.kind === "cut") return this.#countCut(outcome);
    this.#noteAnswer(heldMs);
    const commands = outcome.kind === "commands" ? this.#bounded(outcome.commands) : [];
    if (outcome.kind === "empty" && outcome.problem !== undefined) {
      this.#log.warn("The server's answer brings no commands: {problem}", {
        problem: outcome.problem,
      });
    }
    const accepted = commands.length === 0 ? 0 : await this.#deps.onCommands(commands);
    this.#status = { ...this.#status, received: this.#status.received + accepted };
    const fresh = accepted > 0;
    const nowMs = this.#deps.clock.monotonic();
    const waitMs = this.#pace.next({ heldMs, fresh, members: commands.length, nowMs });
    if (this.#pace.justSlowed) {
      this.#log.warn(
        "The server answers requests for commands at once and with nothing new; they are asked less often",
      );
    }
    if (waitMs > 0) await this.#deps.clock.sleep(waitMs, signal);
  }

  /** What is not taken the server offers again, or lets run out of time. */
  #bounded(commands: readonly unknown[]): readonly unknown[] {
    if (commands.length <= MAX_COMMANDS) return commands;
    this.#log.warn(
      "The server sent {count} commands at once; {taken} are taken, the rest is left",
      {
        count: commands.length,
        taken: MAX_COMMANDS,
      },
    );
    return commands.slice(0, MAX_COMMANDS);
  }

  #noteAnswer(heldMs: number): void {
    this.#holdTimes.learn(heldMs);
    this.#status = { ...this.#status, last_answer_ms: this.#deps.clock.now() };
    const { staleAfterMs } = this.#holdTimes;
    this.#giveUp([...this.#open].filter((poll) => this.#ageOf(poll) > staleAfterMs), "stale");
  }

  /** Proxies do this every few seconds: normal, counted, told once. */
  #countCut({ heldMs, reason }: { heldMs: number; reason: string }): void {
    this.#status = { ...this.#status, cut: this.#status.cut + 1 };
    const template = "A request for commands was cut after {held_s} s and is asked again: {reason}";
    const values = { held_s: Math.round(heldMs / 1000), reason };
    if (this.#status.cut === 1) this.#log.info(template, values);
    else this.#log.debug(template, values);
  }

  #recover(): void {
    this.#deps.retryWaits.reset();
    if (this.#status.state !== "waiting") this.#log.info("Waiting for commands works again");
    this.#become("waiting");
  }

  async #backOff(
    { reason, cause, afterMs }: Pick<RetryOutcome, "reason" | "cause" | "afterMs">,
    signal: AbortSignal,
  ) {
    const waitMs = this.#deps.retryWaits.next(afterMs);
    this.#become("retrying", { reason, cause, next_try_at_ms: this.#deps.clock.now() + waitMs });
    this.#log.warn("Cannot wait for commands: {reason}", {
      reason,
      next_try_in_ms: Math.round(waitMs),
    });
    await this.#deps.clock.sleep(waitMs, signal);
  }

  #giveUp(polls: readonly OpenPoll[], reason: unknown): void {
    for (const poll of polls) {
      this.#open.delete(poll);
      poll.stop.abort(reason);
    }
  }

  #ageOf({ startedMs }: OpenPoll): number {
    return this.#deps.clock.monotonic() - startedMs;
  }

  #become(state: PollerStatus["state"], failure: PollFailure = NO_FAILURE): void {
    const since_ms = state === this.#status.state ? this.#status.since_ms : this.#deps.clock.now();
    this.#status = { ...this.#status, state, since_ms, ...failure };
  }
}
