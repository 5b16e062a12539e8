/**
 * What is asked of the server, and what came of it in terms of what its sender does next.
 *
 * @module
 */

import type { BatchEncoding } from "./stored_events.ts";

/** A request with events. */
export interface EventsRequest {
  /** The agent line and encoded events, in the form that `encoding` names. */
  body: Uint8Array;
  encoding: BatchEncoding;
  /** The same for each try of the same bytes. */
  idempotencyKey?: string;
}

/** Try again later, not before `afterMs` milliseconds if that is given. */
export interface RetryOutcome {
  kind: "retry";
  /** One line for people. */
  reason: string;
  /** Left out when there was no answer. */
  status?: number;
  afterMs?: number;
}

/** This request can never succeed as it is. */
export interface GiveUpOutcome {
  kind: "give_up";
  status: number;
  reason: string;
}

/** An event that was refused in a request that was received. */
export interface RefusedEvent {
  /** Position in the request, from 0. */
  index: number;
  status: number;
  reason: string;
}

/** What came of a request with events. */
export type EventsOutcome =
  | { kind: "done"; status: number; refused?: readonly RefusedEvent[] }
  | RetryOutcome
  | GiveUpOutcome;

/** What came of one long poll. */
export type PollOutcome =
  | { kind: "commands"; commands: readonly unknown[] }
  /** Nothing came within `heldMs` milliseconds: 0 tells a server that holds no polls. */
  | { kind: "empty"; heldMs: number }
  | RetryOutcome;

/** What came of asking for a file. */
export type FileOutcome =
  | { kind: "file"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "not_found" }
  | RetryOutcome
  | GiveUpOutcome;
