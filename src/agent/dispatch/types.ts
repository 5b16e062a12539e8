/**
 * What the dispatcher needs of the queue and of the network, and what it tells about itself.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type {
  BatchFate,
  EventsOutcome,
  RefusedEvent,
  RepeatedEvent,
} from "../../shared/protocol/exchange.ts";
import type { BatchEncoding, Waiting } from "../../shared/protocol/stored_events.ts";

import type { CompressionTrial } from "./compression_trial.ts";

/** A batch, as far as a dispatcher looks at it. */
export interface DispatchBatch {
  id: string;
  /** Number of its first event; later events have larger ones. */
  first_event: number;
  events: number;
  bytes: number;
  encoding: BatchEncoding;
}

/** What a dispatcher needs of the queue. */
export interface BatchSource<B extends DispatchBatch> {
  /** Batches made earlier and not settled, oldest first. */
  openBatches(stream: Stream): B[];
  /** What no batch has claimed. */
  waiting(stream: Stream): Waiting;
  /** Makes the next batch, of at most `maxBytes` if it is more than one event; `undefined` when nothing waits. */
  claim(stream: Stream, maxBytes: number): Promise<B | undefined>;
  /** @throws {BatchGoneError} when the disk damaged events of it: what is left waits for other batches */
  body(batch: B): Uint8Array;
  /** Settles a batch that was received; single events of it may have been refused all the same, or wait to be sent again. */
  acknowledge(batch: B, answer: ReceivedAnswer): Promise<void>;
  /** Replaces a batch by one of the same events under another id; `undefined` when it was settled before. */
  promiseAnew(batch: B, encoding: BatchEncoding): Promise<B | undefined>;
  /** Writes down that the events of a batch may have been received twice. */
  noteDouble(batch: B, reason: string): Promise<void>;
  /** Replaces a batch by its halves, in order; `undefined` when it is one event. */
  halve(batch: B): Promise<readonly B[] | undefined>;
  setAside(batch: B, refusal: { status: number; reason: string }): Promise<void>;
  onChange(listener: () => void): () => void;
}

/** An answer that a batch was received with. */
export interface ReceivedAnswer {
  status: number;
  refused?: readonly RefusedEvent[];
  again?: readonly RepeatedEvent[];
  /** Positions of those that were to create what the server had already. */
  existing?: readonly number[];
}

/** How a batch is sent. */
export interface SendContext {
  signal: AbortSignal;
  /** True: over a connection that no request has used before. @default false */
  newConnection?: boolean;
  /** Called each time that the bytes leave: once, or once more with another token. */
  onSend?: () => void;
}

/** Sends the bytes of a batch once. Rejects only when the signal is aborted. */
export type Send<B extends DispatchBatch> = (
  batch: B,
  body: Uint8Array,
  context: SendContext,
) => Promise<EventsOutcome>;

/** Asks the server what became of a batch. Rejects only when the signal is aborted. */
export type AskFate = (id: string, signal: AbortSignal) => Promise<BatchFate>;

/** How long to wait between tries. */
export interface RetryWaits {
  /** Milliseconds until the next try; at least `afterMs` when the server asked for it. */
  next(afterMs?: number): number;
  /** A try succeeded: begin with short waits again. */
  reset(): void;
}

/** When a stream sends, and how much at once. */
export interface DispatchPolicy {
  /** Send when this many events wait, */
  batchEvents: number;
  /** or this many bytes, */
  batchBytes: number;
  /** or when the oldest event has waited for this long. */
  batchIntervalMs: number;
  /** Most batches sent side by side; 1 keeps the order of events. */
  maxInFlight: number;
}

/** What a dispatcher is made of. */
export interface DispatcherDeps<B extends DispatchBatch> {
  source: BatchSource<B>;
  send: Send<B>;
  retryWaits: RetryWaits;
  clock: Clock;
  /** Asks the server what became of a batch. @default it cannot be asked */
  askFate?: AskFate;
  /** Sends a request without events, to hear what the server says to that. @default nothing is known of that */
  probe?: (signal: AbortSignal) => Promise<EventsOutcome>;
  /** What is known of compression at this server. @default nothing yet */
  compression?: CompressionTrial;
}
