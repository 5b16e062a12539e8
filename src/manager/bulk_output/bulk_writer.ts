/**
 * Gives an index the events, in their order, each until it is settled.
 *
 * Only when every event of a portion is settled (taken, or refused for good and written down) the checkpoint moves on. What fails is
 * sent again after a wait that doubles, up to a minute, or as long as the index says (`Retry-After`); of a request that was taken in
 * part, only the rest. What is too large is halved.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { AnySignal } from "../../shared/any_signal.ts";
import type { EventReader } from "../extension.ts";
import { Loop } from "../loop.ts";
import type { BulkAction } from "./actions.ts";
import { type BulkAnswer, type Outcome, readAnswer } from "./bulk_answer.ts";
import type { OutputProgress, OutputSource, Portion, RefusedEvent } from "./output_source.ts";

const log = getLogger(["manager", "bulk_output"]);

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const ANSWER_WITHIN_MS = 60_000;

/** What a {@linkcode BulkWriter} works with. */
interface BulkWriterDeps {
  clock: Clock;
  source: OutputSource;
  /** About how much goes into one request, in UTF-16 units. */
  batchBytes: number;
  /** Posts lines to `_bulk`. */
  post(body: string, signal: AbortSignal): Promise<Response>;
  /** From 0 to 1. @default Math.random */
  random?: () => number;
}

/** How it goes, for `GET /manager/stats`. */
export interface BulkOutputStats extends OutputProgress {
  /** Requests in a row that failed. */
  failures: number;
  /** Why the last one did; `null` when none did since one succeeded. */
  last_error: string | null;
}

/** The writer. */
export class BulkWriter implements EventReader {
  readonly #deps: BulkWriterDeps;
  readonly #loop: Loop;
  /** What is under way. */
  #portion: Portion | undefined;
  #unsettled: BulkAction[] = [];
  #refused: RefusedEvent[] = [];
  /** How many actions a request has at most: less after one that was too large. */
  #most = Infinity;
  #failures = 0;
  #lastError: string | null = null;

  constructor(deps: BulkWriterDeps) {
    this.#deps = deps;
    this.#loop = new Loop({
      clock: deps.clock,
      name: "give events to the index",
      step: (signal) => this.#step(signal),
    });
  }

  /** Begins. */
  start(): void {
    this.#loop.start();
  }

  wake(): void {
    // While it waits after a failure, more events change nothing.
    if (this.#failures === 0) this.#loop.wake();
  }

  readUpTo(): number {
    return this.#deps.source.readUpTo();
  }

  /** Stops; what is not settled is sent again after the next start. */
  async close(): Promise<void> {
    await this.#loop.stop();
  }

  stats(): BulkOutputStats {
    return {
      ...this.#deps.source.progress(),
      failures: this.#failures,
      last_error: this.#lastError,
    };
  }

  async #step(signal: AbortSignal): Promise<number | undefined> {
    const { source } = this.#deps;
    if (this.#portion === undefined && !await this.#readPortion()) return source.lookAgainMs;
    const actions = this.#unsettled.slice(0, this.#most);
    const answer = await this.#send(actions, signal);
    signal.throwIfAborted();
    switch (answer.kind) {
      case "items":
        return await this.#settle(actions, answer.outcomes);
      case "too large":
        return await this.#halve(actions);
      case "again":
        return this.#fail(answer.why, answer.afterMs);
    }
  }

  /** Returns false when there is nothing to send. */
  async #readPortion(): Promise<boolean> {
    const { source, batchBytes } = this.#deps;
    this.#portion = await source.read(batchBytes);
    this.#unsettled = this.#portion?.actions ?? [];
    this.#refused = [];
    return this.#portion !== undefined;
  }

  async #send(actions: readonly BulkAction[], stopping: AbortSignal): Promise<BulkAnswer> {
    const late = new AbortController();
    using any = new AnySignal(stopping, late.signal);
    const { clock, post } = this.#deps;
    clock.sleep(ANSWER_WITHIN_MS, any.signal)
      .then(() => late.abort(new Error("no answer in time")), () => {});
    try {
      const answer = await post(actions.map(({ lines }) => lines).join(""), any.signal);
      return await readAnswer(answer, actions);
    } catch (error) {
      return { kind: "again", why: messageOf(error) };
    } finally {
      late.abort();
    }
  }

  async #settle(actions: readonly BulkAction[], outcomes: readonly Outcome[]): Promise<number> {
    const again: BulkAction[] = [];
    let why = "";
    actions.forEach((action, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === "refused") this.#refuse(action, outcome.reason);
      if (outcome?.kind !== "again") return;
      again.push(action);
      why ||= outcome.reason;
    });
    this.#most *= 2;
    this.#unsettled = [...again, ...this.#unsettled.slice(actions.length)];
    if (again.length > 0) return this.#fail(`${again.length} events were not taken: ${why}`);
    this.#failures = 0;
    this.#lastError = null;
    if (this.#unsettled.length === 0) await this.#moveOn();
    return 0;
  }

  #refuse({ event }: BulkAction, reason: string): void {
    this.#refused.push({ event, reason });
    log.error("The index refuses event {event}: {reason}", { event, reason });
  }

  /** What cannot be written down is sent again. */
  async #moveOn(): Promise<void> {
    const portion = this.#portion;
    this.#portion = undefined;
    await portion?.settled(this.#refused);
  }

  /** An event that is too large by itself is refused. */
  async #halve(actions: readonly BulkAction[]): Promise<number> {
    const [first] = actions;
    this.#most = Math.max(1, Math.floor(actions.length / 2));
    if (actions.length > 1 || first === undefined) return 0;
    return await this.#settle(actions, [{ kind: "refused", reason: "413 too large" }]);
  }

  #fail(why: string, afterMs?: number): number {
    const { random = Math.random } = this.#deps;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures++;
    if (this.#failures === 1) log.warn("Cannot give events to the index: {why}", { why });
    this.#lastError = why;
    return Math.max(afterMs ?? 0, longest / 2 + random() * longest / 2);
  }
}
