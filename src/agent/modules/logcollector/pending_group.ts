/**
 * What has been read and is not yet in the sink.
 *
 * @module
 */

import type { EncodedRun } from "../../../shared/protocol/encoded_events.ts";
import type { EventSink } from "../collector.ts";
import { ByteArena } from "./byte_arena.ts";
import type { EventsText } from "./line_encoder.ts";
import type { Checkpoint, CollectionLoss } from "../../../shared/protocol/stored_events.ts";

/** Gathers events of several files, with the latest checkpoint of each, into one group. */
export class PendingGroup {
  #events: EncodedRun[] = [];
  readonly #arena = new ByteArena();
  #checkpoints = new Map<string, string | null>();
  #losses: CollectionLoss[] = [];
  #bytes = 0;

  /** Bytes read from files for the events held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the events of `bytes` bytes read. Keeps no text: what lives this long would make V8's heap grow. */
  add({ events, text }: EventsText, bytes: number): void {
    this.#bytes += bytes;
    if (events > 0) this.#events.push({ events, bytes: this.#arena.add(text) });
  }

  /** Sets where to go on; the latest value of a key counts. */
  set({ key, value }: Checkpoint): void {
    this.#checkpoints.set(key, value);
  }

  lose(loss: CollectionLoss): void {
    this.#losses.push(loss);
  }

  /**
   * Appends everything as one group and resolves once it is durable; does nothing when there is
   * nothing.
   */
  async flush(sink: EventSink, signal: AbortSignal): Promise<void> {
    const events = this.#events;
    const losses = this.#losses;
    const checkpoints = [...this.#checkpoints].map(([key, value]) => ({ key, value }));
    if (events.length + losses.length + checkpoints.length === 0) return;
    this.#events = [];
    this.#losses = [];
    this.#checkpoints = new Map();
    this.#bytes = 0;
    await sink.append({ stream: "stateless", events, checkpoints, losses }, signal);
    this.#arena.clear();
  }
}
