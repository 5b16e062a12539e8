/**
 * Where messages of all inputs go: into the queue, or into the loss ledger.
 *
 * What was read and could not be stored before the module was told to end is kept: the one that goes on with other options stores it
 * first, and at the very end there is a last try. What fails there, too, is in the ledger.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { sizeOfEvents } from "../../../shared/protocol/encoded_events.ts";
import type { CollectionLoss } from "../../../shared/protocol/stored_events.ts";
import { Wakeup } from "../../../shared/wakeup.ts";
import type { EventSink } from "../collector.ts";

/** Losses of this long go into the ledger together. */
const LOSSES_EVERY_MS = 1_000;
/** So much that could not be stored is kept; beyond it is lost. */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;
/** Why what is left at the end is lost. */
const STOPPED = "agent stopped before there was room in the queue";

/** Stores events and losses. */
export class Intake {
  readonly #sink: EventSink;
  readonly #clock: Clock;
  readonly #wakeup: Wakeup;
  /** Read and not stored, oldest first. */
  #kept: string[] = [];
  #keptBytes = 0;
  /** By reason and detail. */
  #losses = new Map<string, CollectionLoss>();

  constructor(sink: EventSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
    this.#wakeup = new Wakeup(clock);
  }

  /** Events that were read and could not be stored yet. */
  get keptEvents(): number {
    return this.#kept.length;
  }

  /**
   * Resolves once the events are on disk, or kept for later because the signal was aborted before there was room.
   *
   * @throws what kept the sink from storing them; they are then kept, too
   */
  async append(events: readonly string[], signal: AbortSignal): Promise<void> {
    if (events.length === 0) return;
    try {
      await this.#sink.append({ stream: "stateless", events }, signal);
    } catch (error) {
      this.#keep(events);
      if (!signal.aborted) throw error;
    }
  }

  /** Writes a loss into the ledger soon. */
  lose(loss: CollectionLoss): void {
    const key = JSON.stringify([loss.reason, loss.detail]);
    const before = this.#losses.get(key);
    if (before === undefined) this.#losses.set(key, { ...loss });
    else {
      before.events += loss.events;
      before.bytes += loss.bytes;
    }
    this.#wakeup.wake();
  }

  /** Goes on with what another one could not store. */
  takeOver(other: Intake): void {
    this.#keep(other.#kept);
    for (const loss of other.#losses.values()) this.lose(loss);
    other.#kept = [];
    other.#keptBytes = 0;
    other.#losses = new Map();
  }

  /** Stores what was kept, and then losses as they come, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#storeKept(signal), this.#storeLosses(signal)]);
  }

  /** The last try to store everything, until the signal is aborted. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#storeKept(signal).catch(() => {});
    const [events, bytes] = [this.#kept.length, this.#keptBytes];
    this.#kept = [];
    this.#keptBytes = 0;
    if (events > 0) this.lose({ events, bytes, reason: STOPPED, detail: "syslog" });
    await this.#writeLosses();
  }

  async #storeKept(signal: AbortSignal): Promise<void> {
    const events = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    await this.append(events, signal);
  }

  async #storeLosses(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#losses.size === 0) await this.#wakeup.wait(undefined, signal);
      await this.#clock.sleep(LOSSES_EVERY_MS, signal).catch(() => {});
      await this.#writeLosses();
    }
  }

  /** A group without events needs no room: it gets in whatever the queue holds, so that nothing has to end this wait. */
  async #writeLosses(): Promise<void> {
    const losses = [...this.#losses.values()];
    this.#losses = new Map();
    if (losses.length === 0) return;
    try {
      const forEver = new AbortController().signal;
      await this.#sink.append({ stream: "stateless", events: [], losses }, forEver);
    } catch (error) {
      for (const loss of losses) this.lose(loss);
      throw error;
    }
  }

  #keep(events: readonly string[]): void {
    const bytes = sizeOfEvents(events);
    if (this.#keptBytes + bytes > MOST_KEPT_BYTES) {
      return this.lose({ events: events.length, bytes, reason: STOPPED, detail: "syslog" });
    }
    this.#kept.push(...events);
    this.#keptBytes += bytes;
  }
}
