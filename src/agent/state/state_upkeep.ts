/**
 * What is done for the states in the background: promised events go into the queue, what is turned off is deleted, and the server is asked
 * whether it shows what the machine has. Costs nothing while no module keeps states.
 *
 * @module
 */

import { messageOf } from "../../shared/errors.ts";
import { Wakeup } from "../../shared/wakeup.ts";
import { bucketOf } from "../../shared/states/document_digest.ts";
import { compareSource, repeatAll } from "./integrity.ts";
import { OutboxFeeder } from "./outbox_feeder.ts";
import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import type { StateServer } from "./types.ts";

/** A source that was never compared is, so long after it could be. */
const FIRST_CHECK_MS = 60_000;
/** What could not be compared is tried again after this. */
const RETRY_CHECK_MS = 60_000;
/** How long a server that cannot compare is not asked again. */
const UNSUPPORTED_MS = 24 * 3_600_000;
/** Losses of the queue are noticed within this time; and a timer cannot wait for a month. */
const LOOK_INTERVAL_MS = 60_000;
const HOUR_MS = 3_600_000;
const ROLLING_PARTS = 24;
const FAILURE_WAIT_MS = 5_000;
const PAGE = 1_000;

/** When something is due for a source, by the monotonic clock. */
interface Due {
  checkMs: number;
  rollMs: number;
  /** Which of the parts of a rolling repetition is next. */
  part: number;
  /** Events of it may be lost: without a comparison everything is sent again. */
  isDoubtful: boolean;
}

/** The background work. Built idle; {@linkcode StateUpkeep.run} does everything. */
export class StateUpkeep {
  readonly #core: StateCore;
  readonly #server: StateServer;
  readonly #feeder: OutboxFeeder;
  readonly #wakeup: Wakeup;
  readonly #due = new Map<number, Due>();
  #mustReconcile = true;

  constructor(core: StateCore, server: StateServer) {
    this.#core = core;
    this.#server = server;
    this.#feeder = new OutboxFeeder(core, server);
    this.#wakeup = new Wakeup(core.deps.clock);
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const ends = [
      this.#core.deps.queue.onChange(() => this.#feeder.mayHaveWork && this.#wakeup.wake()),
      this.#core.onWork(() => {
        this.#feeder.expectWork();
        this.#wakeup.wake();
      }),
    ];
    // Whatever was promised while nobody listened.
    this.#feeder.expectWork();
    try {
      while (!signal.aborted) await this.#wakeup.wait(await this.#step(signal), signal);
    } finally {
      for (const end of ends) end();
    }
  }

  /** Options have changed: deletes what no module keeps any more. */
  reconcile(): void {
    this.#mustReconcile = true;
    this.#wakeup.wake();
  }

  /** Compares the sources of a module with the server as soon as nothing of theirs is on its way; returns their collectors. */
  resync(module: string): string[] {
    const nowMs = this.#core.deps.clock.monotonic();
    const sources = this.#sourcesOf(module);
    for (const source of sources) this.#dueOf(source).checkMs = nowMs;
    this.#wakeup.wake();
    return sources.map(({ collector }) => collector);
  }

  /** Leaves the documents of a module at the server when it is disabled next; resolves with their collectors. */
  async keep(module: string): Promise<string[]> {
    const sources = this.#sourcesOf(module);
    await this.#core.transact((store) => {
      for (const source of sources) store.sources.update(source, { isKept: true });
    });
    return sources.map(({ collector }) => collector);
  }

  #sourcesOf(module: string): Source[] {
    return this.#core.look((store) => store.sources.list())
      .filter((source) => source.module === module);
  }

  /** Does what is due; returns in how many milliseconds there is more to do. */
  async #step(signal: AbortSignal): Promise<number | undefined> {
    try {
      if (this.#mustReconcile) await this.#dropInactive(signal);
      const sources = this.#core.look((store) => store.sources.list());
      if (sources.length === 0) return undefined;
      await this.#noticeLosses(sources);
      const feedInMs = await this.#feeder.step(signal);
      const checkInMs = await this.#check(sources, signal);
      return Math.min(feedInMs ?? Infinity, checkInMs, LOOK_INTERVAL_MS);
    } catch (error) {
      if (!signal.aborted) {
        this.#core.log.error("Cannot look after states: {reason}", { reason: messageOf(error) });
      }
      this.#feeder.expectWork();
      return FAILURE_WAIT_MS;
    }
  }

  /** Deletes the states of what is turned off, in pages. */
  async #dropInactive(signal: AbortSignal): Promise<void> {
    this.#mustReconcile = false;
    for (const source of this.#core.look((store) => store.sources.list())) {
      const { isActive } = this.#core.declarationOf(source);
      if (isActive || source.isKept) await this.#setKept(source, !isActive);
      else while (await this.#dropPage(source)) signal.throwIfAborted();
    }
  }

  async #setKept(source: Source, isKept: boolean): Promise<void> {
    if (source.isKept === isKept) return;
    await this.#core.transact((store) => store.sources.update(source, { isKept }));
  }

  /** False when there was nothing left. */
  async #dropPage(source: Source): Promise<boolean> {
    const dropped = await this.#core.transact((store, transaction) => {
      const changes = this.#core.changeSet(source, transaction);
      const rows = store.states.page(source.number, "", PAGE);
      for (const { key } of rows) changes.gone(key);
      changes.flush();
      if (source.isScanned) store.sources.update(source, { isScanned: false });
      return rows.length;
    });
    this.#core.counters.of(source.number).deletes += dropped;
    if (dropped > 0) this.#feeder.expectWork();
    return dropped > 0;
  }

  /** Stateful events that the queue lost may have been those of states. */
  async #noticeLosses(sources: readonly Source[]): Promise<void> {
    const { events } = this.#core.deps.queue.account("stateful").dropped;
    const owner = this.#core.look((store) => store.owner());
    if (owner === undefined || owner.droppedEvents === events) return;
    for (const source of sources) {
      Object.assign(this.#dueOf(source), { checkMs: 0, isDoubtful: true });
    }
    await this.#core.transact((store) => store.setOwner({ ...owner, droppedEvents: events }));
  }

  /** Compares what is due; returns in how many milliseconds the next comparison is. */
  async #check(sources: readonly Source[], signal: AbortSignal): Promise<number> {
    const nowMs = this.#core.deps.clock.monotonic();
    let nextMs = Infinity;
    for (const source of sources) {
      const due = this.#dueOf(source);
      if (due.checkMs <= nowMs) due.checkMs = nowMs + await this.#checkOne(source, signal);
      if (due.rollMs <= nowMs) await this.#roll(source, signal);
      nextMs = Math.min(nextMs, due.checkMs, due.rollMs);
    }
    return Math.max(0, nextMs - nowMs);
  }

  /** Compares one source; returns after how many milliseconds to do it again. */
  async #checkOne(source: Source, signal: AbortSignal): Promise<number> {
    const { isActive } = this.#core.declarationOf(source);
    if (!isActive) return this.#intervalMs;
    // What is on its way would be taken for a difference.
    if (!this.#isSettled(source)) return RETRY_CHECK_MS;
    const result = await compareSource(this.#core, this.#server, { source, signal });
    const due = this.#dueOf(source);
    if (result === "later" || result === "mending") return RETRY_CHECK_MS;
    if (result === "unsupported" && due.isDoubtful) {
      await repeatAll(this.#core, source, { signal });
    }
    due.isDoubtful = false;
    due.rollMs = Infinity;
    if (result === "same") return this.#intervalMs;
    if (this.#core.deps.options().resync === "rolling") {
      due.rollMs = this.#core.deps.clock.monotonic() + HOUR_MS;
    }
    return UNSUPPORTED_MS;
  }

  async #roll(source: Source, signal: AbortSignal): Promise<void> {
    const due = this.#dueOf(source);
    const { part } = due;
    due.part = (part + 1) % ROLLING_PARTS;
    due.rollMs = this.#core.deps.clock.monotonic() + HOUR_MS;
    await repeatAll(this.#core, source, {
      signal,
      part: ({ id }) => bucketOf(id) % ROLLING_PARTS === part,
    });
  }

  #isSettled({ number, isScanned }: Source): boolean {
    const { queued } = this.#core.deps.queue.account("stateful");
    return isScanned && queued.events === 0 &&
      this.#core.look((store) => store.outbox.count(number)) === 0;
  }

  #dueOf({ number }: Source): Due {
    const known = this.#due.get(number);
    if (known !== undefined) return known;
    const due = {
      checkMs: this.#core.deps.clock.monotonic() + FIRST_CHECK_MS,
      rollMs: Infinity,
      part: 0,
      isDoubtful: false,
    };
    this.#due.set(number, due);
    return due;
  }

  get #intervalMs(): number {
    return this.#core.deps.options().integrityIntervalMs;
  }
}
