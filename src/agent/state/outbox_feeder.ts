/**
 * Puts promised events into the queue as it gets room, and tries out sources that the server is not known to take.
 *
 * @module
 */

import { messageOf } from "../../shared/errors.ts";
import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import { encodeState, encodeStateDelete } from "./state_event.ts";
import type { StateStore } from "./state_store.ts";
import { tryOut } from "./trial.ts";
import type { StateServer, StateTransaction } from "./types.ts";

/** Waits between trials of a server that does not answer, in milliseconds. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A step is small, so that others on the event loop have their turn. */
const MAX_STEP = 500;

/** What there is to do in the outbox. */
interface Work {
  /** Sources whose events may go into the queue. */
  known: Source[];
  /** Sources to try out. */
  unknown: Source[];
  /** Wall clock: when the first pause ends. */
  nextMs: number;
}

/** Empties the outbox. */
export class OutboxFeeder {
  readonly #core: StateCore;
  readonly #server: StateServer;
  #waitMs = FIRST_WAIT_MS;
  /** Monotonic: no trial before. */
  #nextTrialMs = 0;
  /** False when the outbox was found empty and nothing was promised since. */
  #mayHaveWork = true;

  constructor(core: StateCore, server: StateServer) {
    this.#core = core;
    this.#server = server;
  }

  /** False when a look would find nothing: asked at every commit of the queue. */
  get mayHaveWork(): boolean {
    return this.#mayHaveWork;
  }

  /** Something may have been promised. */
  expectWork(): void {
    this.#mayHaveWork = true;
  }

  /**
   * Does what can be done now.
   *
   * @returns in how many milliseconds there is more to do; `undefined`: when something changes
   */
  async step(signal: AbortSignal): Promise<number | undefined> {
    const work = this.#look();
    if (work === undefined) return undefined;
    const fed = work.known.length > 0 && await this.#feed(work.known);
    const trialInMs = work.unknown.length > 0 ? await this.#tryOut(work.unknown, signal) : Infinity;
    if (fed) return 0;
    const pauseInMs = work.nextMs - this.#core.deps.clock.now();
    const nextMs = Math.min(trialInMs, Math.max(0, pauseInMs));
    return Number.isFinite(nextMs) ? nextMs : undefined;
  }

  #look(): Work | undefined {
    if (!this.#mayHaveWork) return undefined;
    // Before the look: what is promised meanwhile is looked for again.
    this.#mayHaveWork = false;
    const nowMs = this.#core.deps.clock.now();
    const work = this.#core.look((store) => workIn(store, nowMs));
    this.#mayHaveWork = work !== undefined;
    return work;
  }

  /** True when something went into the queue. */
  async #feed(sources: readonly Source[]): Promise<boolean> {
    const { options } = this.#core.deps;
    // Half a window at a time: a transaction for a few events would cost as much as one for many.
    const enough = Math.max(1, Math.min(options().window / 2, MAX_STEP));
    const events = await this.#core.transact((store, transaction) => {
      const room = Math.min(this.#core.roomIn(transaction), MAX_STEP);
      return room < enough ? 0 : this.#move(store, transaction, { sources, room });
    });
    return events > 0;
  }

  /** A fair share for each source, so that a large first scan holds up nobody. */
  #move(
    store: StateStore,
    transaction: StateTransaction,
    { sources, room }: { sources: readonly Source[]; room: number },
  ): number {
    const share = Math.max(1, Math.floor(room / sources.length));
    const events: string[] = [];
    for (const source of sources) {
      const shape = {
        source,
        declaration: this.#core.declarationOf(source),
        schema: this.#core.deps.options().schema,
      };
      for (const { id, key, operation } of store.outbox.next(source.number, share)) {
        store.outbox.remove(source.number, id);
        const row = operation === "delete" ? undefined : store.states.get(source.number, key);
        if (operation === "delete") events.push(encodeStateDelete(id, shape));
        else if (row !== undefined) events.push(encodeState(row, operation, shape));
      }
    }
    if (events.length > 0) transaction.append({ stream: "stateful", events });
    return events.length;
  }

  /** In how many milliseconds to try again. */
  async #tryOut(sources: readonly Source[], signal: AbortSignal): Promise<number> {
    const { clock } = this.#core.deps;
    const waitMs = this.#nextTrialMs - clock.monotonic();
    if (waitMs > 0) return waitMs;
    let isLater = false;
    for (const source of sources) {
      const result = await tryOut(this.#core, this.#server, { source, signal });
      isLater ||= result === "later";
    }
    if (!isLater) {
      this.#waitMs = FIRST_WAIT_MS;
      return 0;
    }
    this.#nextTrialMs = clock.monotonic() + this.#waitMs;
    const next = this.#waitMs;
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    return next;
  }

  /** Says that something went wrong that is tried again. */
  logFailure(error: unknown): void {
    this.#core.log.error("Cannot put states into the queue: {reason}", {
      reason: messageOf(error),
    });
  }
}

function workIn(store: StateStore, nowMs: number): Work | undefined {
  const numbers = new Set(store.outbox.sources());
  if (numbers.size === 0) return undefined;
  const sources = store.sources.list().filter(({ number }) => numbers.has(number));
  const isPaused = ({ pausedUntilMs }: Source) => pausedUntilMs > nowMs;
  return {
    known: sources.filter((source) => source.isKnown && !isPaused(source)),
    unknown: sources.filter((source) => !source.isKnown && !isPaused(source)),
    nextMs: Math.min(
      ...sources.filter(isPaused).map(({ pausedUntilMs }) => pausedUntilMs),
    ),
  };
}
