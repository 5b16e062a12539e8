/**
 * What is asked of the server, and what came of it in terms of what its sender does next.
 *
 * @module
 */

import type { SentState } from "./stateful_headers.ts";
import type { BatchEncoding } from "./stored_events.ts";

/** A request with events. */
export interface EventsRequest {
  /** The agent line and encoded events, in the form that `encoding` names. */
  body: Uint8Array;
  encoding: BatchEncoding;
  /** The same for each try of the same bytes. */
  idempotencyKey?: string;
  /** How many there are; an answer that speaks of fewer does not acknowledge them. @default unknown */
  events?: number;
  /** The states that the events are about; asked for only when an answer speaks of single ones. */
  states?: () => readonly SentState[];
}

/** Why there was no answer at all. */
export type FailureCause =
  | "refused"
  | "dns"
  | "unreachable"
  | "certificate"
  | "tls"
  | "proxy"
  | "timeout"
  | "lost"
  | "other";

/** What a sender says to the question whether a command may begin. `timeLeftMs`: it waits for so long from the question on. */
export type StartOutcome =
  | { kind: "granted"; timeLeftMs: number }
  | { kind: "refused" }
  | { kind: "unsupported" }
  | { kind: "retry" };

/** Try again later, not before `afterMs` milliseconds if that is given. */
export interface RetryOutcome {
  kind: "retry";
  /** One line for people. */
  reason: string;
  /** Left out when there was no answer. */
  status?: number;
  /** Only when there was no answer. */
  cause?: FailureCause;
  afterMs?: number;
  /** True when the request may have done its work all the same: there was no answer, or none that can be believed. */
  unanswered?: true;
  /** True when it is the token that is refused, and a new one was of no use or is not to be asked for so soon. */
  tokenRefused?: true;
}

/** This request can never succeed as it is. */
export interface GiveUpOutcome {
  kind: "give_up";
  status: number;
  reason: string;
  /** True when some of its events were taken all the same, and the answer does not say which. */
  partly?: true;
}

/** An event that was refused in a request that was received. */
export interface RefusedEvent {
  /** Position in the request, from 0. */
  index: number;
  status: number;
  reason: string;
}

/** An event that is to be sent again although its request was received: a passing fault of its own, or no word about it. */
export interface RepeatedEvent {
  /** Position in the request, from 0. */
  index: number;
  reason: string;
  /** What its header's `operation` is to be from now on; left out after a fault that passes with time. */
  operation?: SentState["operation"];
}

/** What came of a request with events. */
export type EventsOutcome =
  | {
    kind: "done";
    status: number;
    refused?: readonly RefusedEvent[];
    again?: readonly RepeatedEvent[];
    /** Positions of events that were to create what the server had already: received, but what it has may be older. */
    existing?: readonly number[];
  }
  | RetryOutcome
  | GiveUpOutcome;

/** What came of one long poll. */
export type PollOutcome =
  | { kind: "commands"; commands: readonly unknown[] }
  /** Nothing came within `heldMs` milliseconds: 0 tells a server that holds no polls. `problem`: something came that holds no commands. */
  | { kind: "empty"; heldMs: number; problem?: string }
  /** The server, or a proxy before it, held the request and then let it go without an answer. */
  | { kind: "cut"; heldMs: number; reason: string }
  | RetryOutcome;

/** What came of asking for a file. */
export type FileOutcome =
  /** `signature`: what the server said beside it, see `signing/signed_orders.ts`; `etag` is what it calls this content. */
  | { kind: "file"; bytes: Uint8Array<ArrayBuffer>; signature?: string; etag?: string }
  /** Only when it was asked for by its `etag`. */
  | { kind: "unchanged" }
  | { kind: "not_found" }
  | RetryOutcome
  | GiveUpOutcome;

/** What a server says of a batch's id; `unsupported` when it does not know the question. */
export type BatchFate =
  /** Stored, and answered with `status`. */
  | { kind: "received"; status: number }
  /** Never stored. */
  | { kind: "unknown" }
  | { kind: "unsupported" }
  | RetryOutcome;

/** What the server said to a registration; but for the first, it has stored nothing, and `error` tells a person why. */
export type RegistrationAnswer =
  /** `key`: that which the server gave the agent instead of its own, `groups`: those that it put the agent in, if it says so. */
  | { kind: "registered"; key: string | undefined; groups?: string[] | undefined }
  /** It takes ids of another version only. */
  | { kind: "other_id_version"; error: Error }
  /** Name or id are there already, perhaps by this very request: it may have come twice. */
  | { kind: "taken"; error: Error }
  /** It says success and tells of a fault. */
  | { kind: "doubtful"; error: Error }
  | { kind: "refused"; error: Error };
