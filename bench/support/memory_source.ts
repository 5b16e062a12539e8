/**
 * Events that wait in memory: what a dispatcher does without a database and a network.
 *
 * The events lie ready to be sent in one buffer, and a batch's body is a part of it; to claim and
 * to acknowledge moves a position.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { BatchSource, DispatchBatch } from "../../src/agent/dispatch/types.ts";
import type { EventsOutcome } from "../../src/shared/protocol/exchange.ts";

/** A batch of consecutive events. */
export interface MemoryBatch extends DispatchBatch {
  /** Position of its first event, from 0. */
  first: number;
}

/** `events` that each are `eventBytes` long, in one buffer. */
export interface MemoryEvents {
  lines: Buffer;
  events: number;
  eventBytes: number;
}

/** `count` numbered events, ready to be sent. */
export function memoryEvents(count: number): MemoryEvents {
  const digits = String(count).length;
  const event = (number: number) =>
    `\n{"module":"bench"}\n{"event":{"original":"${String(number).padStart(digits, "0")}"}}`;
  const eventBytes = event(0).length;
  const lines = Buffer.allocUnsafe(count * eventBytes);
  for (let number = 0; number < count; number++) {
    lines.write(event(number), number * eventBytes, "latin1");
  }
  return { lines, events: count, eventBytes };
}

const DONE: EventsOutcome = { kind: "done", status: 200 };

/** Hands the events out in batches, and takes them back as the server. */
export class MemorySource implements BatchSource<MemoryBatch> {
  /** Resolves when every event is acknowledged. */
  readonly empty: Promise<void>;
  readonly #pending: MemoryEvents;
  readonly #batchEvents: number;
  readonly #listeners = new Set<() => void>();
  readonly #received: Uint8Array[] = [];
  readonly #resolveEmpty: () => void;
  #claimed = 0;
  #acknowledged = 0;
  #receivedEvents = 0;
  #receivedBytes = 0;

  constructor(pending: MemoryEvents, batchEvents: number) {
    this.#pending = pending;
    this.#batchEvents = batchEvents;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.empty = promise;
    this.#resolveEmpty = resolve;
  }

  openBatches(): MemoryBatch[] {
    return [];
  }

  waiting(): { events: number; bytes: number; oldest_ms: number } {
    const events = this.#pending.events - this.#claimed;
    return { events, bytes: events * this.#pending.eventBytes, oldest_ms: 0 };
  }

  claim(): Promise<MemoryBatch | undefined> {
    const first = this.#claimed;
    const events = Math.min(this.#batchEvents, this.#pending.events - first);
    if (events === 0) return Promise.resolve(undefined);
    this.#claimed += events;
    const bytes = events * this.#pending.eventBytes;
    return Promise.resolve({
      id: String(first),
      first,
      first_event: first,
      events,
      bytes,
      encoding: "identity",
    });
  }

  body({ first, bytes }: MemoryBatch): Uint8Array {
    const start = first * this.#pending.eventBytes;
    return this.#pending.lines.subarray(start, start + bytes);
  }

  acknowledge({ events }: MemoryBatch): Promise<void> {
    this.#acknowledged += events;
    for (const listener of this.#listeners) listener();
    if (this.#acknowledged === this.#pending.events) this.#resolveEmpty();
    return Promise.resolve();
  }

  promiseAnew(): Promise<undefined> {
    return Promise.reject(new Error("Nothing is refused here"));
  }

  noteDouble(): Promise<void> {
    return Promise.reject(new Error("Nothing is refused here"));
  }

  halve(): Promise<undefined> {
    return Promise.reject(new Error("Nothing is refused here"));
  }

  setAside(): Promise<void> {
    return Promise.reject(new Error("Nothing is refused here"));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Counts what it is sent, and keeps where it lies. */
  readonly send = ({ events }: MemoryBatch, body: Uint8Array): Promise<EventsOutcome> => {
    this.#receivedEvents += events;
    this.#receivedBytes += body.length;
    this.#received.push(body);
    return Promise.resolve(DONE);
  };

  /** Throws unless every event was sent once, in order. */
  assertReceived(): void {
    const { events, lines } = this.#pending;
    assert.deepEqual([this.#receivedEvents, this.#receivedBytes], [events, lines.length]);
    let position = 0;
    for (const body of this.#received) {
      const expected = lines.subarray(position, position + body.length);
      assert.ok(expected.equals(body), `another event than number ${position} was sent`);
      position += body.length;
    }
  }
}
