/**
 * Gives an index the stored events, in the order of their numbers, each until it is settled.
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
import { eventsOf } from "../events/event_lines.ts";
import type { EventStore } from "../events/event_store.ts";
import type { EventReader } from "../extension.ts";
import { Loop } from "../loop.ts";
import { actionOf, type BulkAction, type Destination } from "./actions.ts";
import { type BulkAnswer, type Outcome, readAnswer } from "./bulk_answer.ts";
import type { Checkpoint, Checkpoints, RefusedEvent } from "./checkpoints.ts";

const log = getLogger(["manager", "bulk_output"]);

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const ANSWER_WITHIN_MS = 60_000;

/** What a {@linkcode BulkWriter} works with. */
interface BulkWriterDeps {
  clock: Clock;
  events: Pick<EventStore, "after" | "total">;
  checkpoints: Checkpoints;
  destination: Destination;
  /** About how much goes into one request, in UTF-16 units. */
  batchBytes: number;
  /** Events that are kept for an index that is away. */
  maxBacklog: number;
  /** Posts lines to `_bulk`. */
  post(body: string, signal: AbortSignal): Promise<Response>;
  /** From 0 to 1. @default Math.random */
  random?: () => number;
}

/** How it goes, for `GET /manager/stats`. */
export interface BulkOutputStats extends Omit<Checkpoint, "sentUpTo"> {
  sent_up_to: number;
  /** Events that are not settled yet. */
  waiting: number;
  /** Requests in a row that failed. */
  failures: number;
  /** Why the last one did; `null` when none did since one succeeded. */
  last_error: string | null;
}

/** The writer. */
export class BulkWriter implements EventReader {
  readonly #deps: BulkWriterDeps;
  readonly #loop: Loop;
  #checkpoint: Checkpoint;
  /** Of the portion that is under way. */
  #unsettled: BulkAction[] = [];
  #refused: RefusedEvent[] = [];
  #portionEnd = 0;
  /** How many actions a request has at most: less after one that was too large. */
  #most = Infinity;
  #failures = 0;
  #lastError: string | null = null;

  constructor(deps: BulkWriterDeps) {
    this.#deps = deps;
    this.#checkpoint = deps.checkpoints.read() ?? beginning(deps.events);
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
    return Math.max(this.#checkpoint.sentUpTo, this.#deps.events.total() - this.#deps.maxBacklog);
  }

  /** Stops; what is not settled is sent again after the next start. */
  async close(): Promise<void> {
    await this.#loop.stop();
  }

  stats(): BulkOutputStats {
    const { sentUpTo, refused, missed } = this.#checkpoint;
    return {
      sent_up_to: sentUpTo,
      refused,
      missed,
      waiting: this.#deps.events.total() - sentUpTo,
      failures: this.#failures,
      last_error: this.#lastError,
    };
  }

  async #step(signal: AbortSignal): Promise<number | undefined> {
    if (this.#unsettled.length === 0 && !this.#readPortion()) return undefined;
    const actions = this.#unsettled.slice(0, this.#most);
    const answer = await this.#send(actions, signal);
    signal.throwIfAborted();
    switch (answer.kind) {
      case "items":
        return this.#settle(actions, answer.outcomes);
      case "too large":
        return this.#halve(actions);
      case "again":
        return this.#fail(answer.why, answer.afterMs);
    }
  }

  /** Returns false when there is nothing to send. */
  #readPortion(): boolean {
    const { events, destination, batchBytes } = this.#deps;
    let last = this.#checkpoint.sentUpTo;
    let characters = 0;
    while (characters < batchBytes) {
      const group = events.after(last);
      if (group === undefined) break;
      const found = eventsOf(group, last);
      this.#noteMissed((found[0]?.number ?? last + 1) - last - 1);
      for (const event of found) {
        const action = actionOf(event, destination);
        this.#unsettled.push(action);
        characters += action.lines.length;
      }
      last = group.lastEvent;
    }
    this.#portionEnd = last;
    return this.#unsettled.length > 0;
  }

  #noteMissed(events: number): void {
    if (events === 0) return;
    this.#checkpoint = { ...this.#checkpoint, missed: this.#checkpoint.missed + events };
    log.error("{events} events were removed before the index took them", { events });
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

  #settle(actions: readonly BulkAction[], outcomes: readonly Outcome[]): number {
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
    if (this.#unsettled.length === 0) this.#moveOn();
    return 0;
  }

  #refuse({ number }: BulkAction, reason: string): void {
    this.#refused.push({ number, reason });
    log.error("The index refuses event {number}: {reason}", { number, reason });
  }

  #moveOn(): void {
    const { checkpoints, clock } = this.#deps;
    const checkpoint = {
      ...this.#checkpoint,
      sentUpTo: this.#portionEnd,
      refused: this.#checkpoint.refused + this.#refused.length,
    };
    checkpoints.save(checkpoint, this.#refused, clock.now());
    this.#checkpoint = checkpoint;
    this.#refused = [];
  }

  /** An event that is too large by itself is refused. */
  #halve(actions: readonly BulkAction[]): number {
    const [first] = actions;
    this.#most = Math.max(1, Math.floor(actions.length / 2));
    if (actions.length > 1 || first === undefined) return 0;
    return this.#settle(actions, [{ kind: "refused", reason: "413 too large" }]);
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

/** An index that was given nothing yet gets what is kept. */
function beginning(events: Pick<EventStore, "after">): Checkpoint {
  const oldest = events.after(0);
  const [first] = oldest === undefined ? [] : eventsOf(oldest, 0);
  return { sentUpTo: first === undefined ? 0 : first.number - 1, refused: 0, missed: 0 };
}
