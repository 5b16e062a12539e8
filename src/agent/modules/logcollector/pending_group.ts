/**
 * What has been read and is not yet in the sink.
 *
 * A group that is on its way stays until the sink has it, also when an append fails and the
 * collector begins anew: then it is appended again, so nothing that was read has to be read again,
 * and nothing is dropped with the handles of files that are gone. What comes meanwhile is gathered
 * for the next group.
 *
 * @module
 */

import type { EncodedRun } from "../../../shared/protocol/encoded_events.ts";
import type { EventSink } from "../collector.ts";
import type { Checkpoint, CollectionLoss } from "../../../shared/protocol/stored_events.ts";
import { ByteArena } from "./lines/byte_arena.ts";
import type { EventsText } from "./lines/line_encoder.ts";

/** Key of a checkpoint that counts groups with losses. */
export const LOSSES_KEY = "losses";

interface Held {
  events: EncodedRun[];
  checkpoints: Map<string, string | null>;
  losses: CollectionLoss[];
}

/** Gathers events of several files, with the latest checkpoint of each, into one group. */
export class PendingGroup {
  readonly #arena = new ByteArena();
  #next: Held = nothing();
  #onItsWay: Held | undefined;
  #bytes = 0;

  /** Bytes read from files for the events held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the events of `bytes` bytes read. Keeps no text: what lives this long would make V8's heap grow. */
  add({ events, text }: EventsText, bytes: number): void {
    this.#bytes += bytes;
    if (events > 0) this.#next.events.push({ events, bytes: this.#arena.add(text) });
  }

  /** Sets where to go on; the latest value of a key counts. */
  set({ key, value }: Checkpoint): void {
    this.#next.checkpoints.set(key, value);
  }

  /** Adds a loss. */
  lose(loss: CollectionLoss): void {
    this.#next.losses.push(loss);
  }

  /**
   * Appends everything as one group and resolves once it is durable; does nothing when there is
   * nothing. What was on its way before and failed goes first. Do not add events meanwhile.
   *
   * @throws what the sink throws; what was not appended stays
   */
  async flush(sink: EventSink, signal: AbortSignal): Promise<void> {
    if (this.#onItsWay) await this.#send(this.#onItsWay, sink, signal);
    if (isEmpty(this.#next)) return;
    this.#onItsWay = this.#next;
    this.#next = nothing();
    this.#bytes = 0;
    if (this.#onItsWay.losses.length > 0) number(this.#onItsWay, sink);
    await this.#send(this.#onItsWay, sink, signal);
  }

  /**
   * Forgets what was on its way if the sink has it: a failure may follow a commit. The checkpoints
   * tell.
   */
  reconcile(remembered: ReadonlyMap<string, string>): void {
    const checkpoints = [...this.#onItsWay?.checkpoints ?? []];
    if (checkpoints.every(([key, value]) => (remembered.get(key) ?? null) === value)) {
      this.#onItsWay = undefined;
    }
  }

  async #send(held: Held, sink: EventSink, signal: AbortSignal): Promise<void> {
    const { events, losses } = held;
    const checkpoints = [...held.checkpoints].map(([key, value]) => ({ key, value }));
    await sink.append({ stream: "stateless", events, checkpoints, losses }, signal);
    this.#onItsWay = undefined;
    if (this.#next.events.length === 0) this.#arena.clear();
  }
}

function nothing(): Held {
  return { events: [], checkpoints: new Map(), losses: [] };
}

function isEmpty({ events, checkpoints, losses }: Held): boolean {
  return events.length + checkpoints.size + losses.length === 0;
}

/** A group with losses must differ from every other in a checkpoint, for `reconcile` to tell. */
function number({ checkpoints }: Held, sink: EventSink): void {
  const before = Number(sink.checkpoints().get(LOSSES_KEY) ?? 0);
  checkpoints.set(LOSSES_KEY, String(before + 1));
}
