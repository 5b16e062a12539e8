/**
 * The queue as a dispatcher sees it: batches of settled shape, all of a stream or those of one range.
 *
 * @module
 */

import type { Stream } from "../../shared/protocol/wire.ts";
import type { Queue } from "./queue.ts";
import type { Batch, BatchLimits } from "./types.ts";
import type { BatchAnswer } from "./settling.ts";
import { pluralize } from "../../shared/text.ts";
import type { BatchEncoding, EventRange, Waiting } from "../../shared/protocol/stored_events.ts";

/** How batches are made. */
export interface BatchShape {
  limits: BatchLimits;
  encoding: BatchEncoding;
  /** Gives line 1 of the next batch. */
  agentLine: () => string;
  /** Only these events. Must be ranges that `append()` returned. @default all */
  within?: EventRange;
}

/** Hands out the batches of a queue, one stream at a time. */
export class QueueBatchSource {
  readonly #queue: Queue;
  readonly #currentShape: () => BatchShape;

  /** `shape` is asked for each batch, so that it can change while batches are made. */
  constructor(queue: Queue, shape: () => BatchShape) {
    this.#queue = queue;
    this.#currentShape = shape;
  }

  openBatches(stream: Stream): Batch[] {
    const { within } = this.#shape;
    const batches = this.#queue.openBatches(stream);
    // Who delivers a few events of its own leaves the batches of others to the running agent.
    return within === undefined ? batches : batches.filter((batch) => covers(within, batch));
  }

  waiting(stream: Stream): Waiting {
    return this.#queue.waiting(stream, this.#shape.within);
  }

  claim(stream: Stream, maxBytes: number): Promise<Batch | undefined> {
    const { limits, encoding, agentLine, within } = this.#shape;
    return this.#queue.claim(stream, {
      // The server has said what is too large for it; the configuration may still ask for more.
      limits: { ...limits, max_bytes: Math.min(limits.max_bytes, maxBytes) },
      encoding,
      agent_line: agentLine(),
      ...(within && { within }),
    });
  }

  body(batch: Batch): Uint8Array {
    return this.#queue.body(batch);
  }

  acknowledge(batch: Batch, answer: BatchAnswer & { status: number }): Promise<void> {
    return this.#queue.acknowledge(batch, answer);
  }

  setAside(batch: Batch, refusal: { status: number; reason: string }): Promise<void> {
    return this.#queue.setAside(batch, refusal);
  }

  promiseAnew(batch: Batch, encoding: BatchEncoding): Promise<Batch | undefined> {
    return this.#queue.promiseAnew(batch, encoding);
  }

  noteDouble(batch: Batch, reason: string): Promise<void> {
    const detail = `batch ${batch.id}, ${pluralize(batch.events, "event")}`;
    return this.#queue.noteDouble(batch.stream, { reason, detail });
  }

  halve(batch: Batch): Promise<Batch[] | undefined> {
    return this.#queue.halve(batch);
  }

  onChange(listener: () => void): () => void {
    return this.#queue.onChange(listener);
  }

  get #shape(): BatchShape {
    return this.#currentShape();
  }
}

function covers(range: EventRange, batch: EventRange): boolean {
  return batch.first_event >= range.first_event && batch.last_event <= range.last_event;
}
