/**
 * Ends responses when their time has come, several side by side.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { ReversalReport } from "../../shared/protocol/responses.ts";
import { TimeLimit } from "../../shared/time_limit.ts";
import { Wakeup } from "../../shared/wakeup.ts";
import type { ActionOutcome, ActionRun, ResponseAction } from "./action.ts";
import type { KeyedLock } from "./keyed_lock.ts";
import { responseTitle } from "./response_order.ts";
import type { ResponseSteps } from "./response_steps.ts";
import type { ResponseKind, StoredResponse } from "./response_store.ts";

/** What carries responses out, and how long it may take. */
export interface ReversalMeans {
  clock: Clock;
  /** What carries out a response of a kind. */
  actionOf: (kind: ResponseKind, name: string) => ResponseAction;
  /** How long a reversal may take, in milliseconds. */
  reversalLimitMs: () => number;
  /** How long a reversal that runs when the agent stops may go on, in milliseconds. @default 2500 */
  graceMs?: number;
}

/** What {@linkcode Reversals} are built with. */
interface ReversalsDeps extends ReversalMeans {
  steps: ResponseSteps;
  /** Held for each key that somebody is at. */
  lock: KeyedLock;
}

/** So many run side by side. */
const SIDE_BY_SIDE = 16;
/** While there are responses the clock is noted so often, in milliseconds: a kill costs no more of it. */
const NOTE_MS = 60_000;
/** After a database that cannot be read or written, in milliseconds. */
const RETRY_MS = 5_000;

/** Reverts, and tries again what fails. */
export class Reversals {
  readonly #deps: ReversalsDeps;
  readonly #wakeup: Wakeup;
  readonly #running = new Set<Promise<void>>();
  #notedMs = -Infinity;
  readonly #log = getLogger(["agent", "responses"]);

  constructor(deps: ReversalsDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** Something may be due that was not before. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** Works until the signal is aborted, and lets what runs then end within the grace time. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, graceMs = 2_500, steps } = this.#deps;
    const kill = new AbortController();
    await this.#restore(signal);
    while (!signal.aborted) {
      const waitMs = await this.#next(kill.signal);
      await this.#wakeup.wait(waitMs, signal);
    }
    const over = new AbortController();
    clock.sleep(graceMs, over.signal).then(() => kill.abort(signal.reason), () => {});
    await Promise.all(this.#running);
    over.abort();
    if (this.#areAny()) await steps.note().catch((error) => this.#complain(error));
  }

  /** Ends these by hand. Those that cannot be reverted are tried again like any other. */
  async revertAll(
    keys: readonly string[],
    { cause, signal }: { cause: string; signal: AbortSignal },
  ): Promise<ReversalReport[]> {
    const reports: ReversalReport[] = [];
    const left = [...keys];
    const worker = async () => {
      for (let key = left.shift(); key !== undefined && !signal.aborted; key = left.shift()) {
        reports.push(await this.#revertNow(key, { cause, signal }));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    this.wake();
    return reports;
  }

  /** Ends a response whose key the caller holds. */
  async revert(row: StoredResponse, stop: AbortSignal): Promise<ReversalReport> {
    const { steps } = this.#deps;
    const { key, name, subject } = row;
    const title = responseTitle({ name, ...subject });
    const outcome = await this.#disable(row, stop);
    if (outcome.isDone) {
      await steps.reverted(row, outcome);
      this.#log.info("{title} reverted: {why}", { title, why: row.cause ?? "expired", key });
      return { key, reverted: true, message: `reverted: ${outcome.message}` };
    }
    if (stop.aborted) return { key, reverted: false, message: outcome.message };
    await steps.reversalFailed(row, outcome);
    const { message } = outcome;
    this.#log.error("{title} is not reverted, and tried again: {message}", { title, message, key });
    return { key, reverted: false, message: `not reverted, and tried again: ${message}` };
  }

  async #revertNow(
    key: string,
    { cause, signal }: { cause: string; signal: AbortSignal },
  ): Promise<ReversalReport> {
    const { lock, steps } = this.#deps;
    return await lock.run(key, async () => {
      const row = await steps.end(key, cause);
      if (row !== undefined) return await this.revert(row, signal);
      return { key, reverted: true, message: "it has ended meanwhile" };
    });
  }

  /** Begins what is due; gives for how long nothing is. */
  async #next(kill: AbortSignal): Promise<number | undefined> {
    try {
      for (const key of this.#due()) this.#begin(key, kill);
      return await this.#untilNext();
    } catch (error) {
      this.#complain(error);
      return RETRY_MS;
    }
  }

  #due(): string[] {
    const { steps, lock } = this.#deps;
    const free = SIDE_BY_SIDE - this.#running.size;
    // Those that somebody is at stay due until he has done.
    const keys = steps.look((store, { age_ms }) => store.due(age_ms, 4 * SIDE_BY_SIDE));
    return keys.filter((key) => !lock.isHeld(key)).slice(0, free);
  }

  async #untilNext(): Promise<number | undefined> {
    const { steps, clock } = this.#deps;
    if (!this.#areAny()) return undefined;
    if (clock.monotonic() - this.#notedMs >= NOTE_MS) {
      await steps.note();
      this.#notedMs = clock.monotonic();
    }
    const next = steps.look((store, { age_ms }) => {
      const due = store.nextDue(age_ms);
      return due === undefined ? Infinity : due - age_ms;
    });
    return Math.min(next, NOTE_MS);
  }

  #begin(key: string, kill: AbortSignal): void {
    const { lock, clock } = this.#deps;
    const settle = () =>
      this.#settle(key, kill).catch(async (error) => {
        this.#complain(error);
        // With the key held, or the loop would come back at once.
        await clock.sleep(RETRY_MS, kill).catch(() => {});
      });
    const running = lock.run(key, settle).finally(() => {
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
  }

  /** The row may have changed since it was found to be due. */
  async #settle(key: string, kill: AbortSignal): Promise<void> {
    const { steps } = this.#deps;
    const { row, isDue } = steps.look((store, { age_ms }) => {
      const row = store.find(key);
      return { row, isDue: row !== undefined && row.due_age_ms <= age_ms };
    });
    if (row === undefined || !isDue) return;
    const due = row.state === "enabling" ? await steps.interrupted(key) : row;
    if (due !== undefined) await this.revert(due, kill);
  }

  async #disable(row: StoredResponse, stop: AbortSignal): Promise<ActionOutcome> {
    const { actionOf, reversalLimitMs: limitMs, clock } = this.#deps;
    const { name, kind, subject, before, duration_ms: orderedMs } = row;
    if (subject === undefined) return { ...FAILED, message: DAMAGED };
    const run = { name, subject, before, orderedMs, ...NOTHING_NEW };
    try {
      using limit = new TimeLimit(limitMs(), { clock, signal: stop });
      return await actionOf(kind, name).disable({ ...run, signal: limit.signal });
    } catch (error) {
      return { ...FAILED, message: messageOf(error) };
    }
  }

  /** The machine may have been started anew, and have forgotten what is still to hold. */
  async #restore(stop: AbortSignal): Promise<void> {
    const { steps, actionOf, reversalLimitMs: limitMs, clock } = this.#deps;
    try {
      const runs = steps.look((store, { age_ms }) =>
        store.active(age_ms).map((row) => restoredRun(row, age_ms))
      );
      for (const [name, group] of Map.groupBy(runs, (run) => run.name)) {
        const action = actionOf("built_in", name);
        using limit = new TimeLimit(limitMs(), { clock, signal: stop });
        await action.restore?.(group, limit.signal);
      }
    } catch (error) {
      const reason = messageOf(error);
      this.#log.error("What is enabled may not hold: {reason}", { reason });
    }
  }

  #areAny(): boolean {
    return this.#deps.steps.look((store) => store.hasAtLeast(1));
  }

  #complain(error: unknown): void {
    this.#log.error("Cannot look after responses: {reason}", { reason: messageOf(error) });
  }
}

function restoredRun(
  { name, subject = {}, before, expires_age_ms }: StoredResponse,
  ageMs: number,
) {
  return { name, subject, before, durationMs: (expires_age_ms ?? 0) - ageMs };
}

const FAILED = { isDone: false, exitCode: null };
const DAMAGED = "what the database says of it is damaged: revert it by hand";
const NOTHING_NEW: Pick<ActionRun, "noteBefore" | "claimKeys"> = {
  noteBefore: () => Promise.resolve(),
  claimKeys: () => Promise.resolve("continue"),
};
