/**
 * Types of the agent/manager protocol, as they stand on the wire.
 *
 * Types, no code: agent and manager share them and must not share how they work with them.
 *
 * @module
 */

/** The two event streams. Each has an endpoint and an order of its own. */
export type Stream = "stateless" | "stateful";

/** What an agent says about the machine it runs on. */
export interface HostInfo {
  /** Processor architecture, such as `x86_64` or `aarch64`. */
  architecture: string;
  hostname: string;
  /** Addresses of the machine, without loopback. */
  ip: string[];
  os: {
    /** Distribution or product, such as `Debian GNU/Linux`. */
    name: string;
    /** `Linux`, `macOS` or `Windows`. */
    type: string;
    version: string;
  };
}

/** Line 1 of an events request. */
export interface AgentLine {
  agent: {
    /** UUID v7 chosen at registration. */
    id: string;
    name: string;
    type: "Endpoint";
    version: string;
    groups: string[];
    host: HostInfo;
  };
}

/** Body of `POST /agents` on the management API. */
export interface RegistrationRequest {
  id: string;
  name: string;
  /** 32 characters of `[A-Za-z0-9]`. */
  key: string;
  type: "Endpoint";
  version: string;
  host: HostInfo;
  groups?: string[];
  /** What this machine was registered as at the same server before, and the key that proves it: the new agent takes its place. */
  replaces?: { id: string; key: string };
}

/** Header line of a stateless event. Only the shutdown message has an `operation`. */
export interface StatelessHeader {
  module: string;
  collector?: string;
  operation?: "shutdown";
}

/** Header line of a stateful event. A `delete` has no data line; the others have one. */
export interface StatefulHeader {
  module: string;
  collector?: string;
  id: string;
  operation: "create" | "update" | "delete";
}

/** What became of one stateful event, in the answer to its request: `{"results":[…]}`. */
export interface StatefulResult {
  /** The events of the request counted from 0, as a text. */
  index: string;
  id: string;
  result: string;
  /** An HTTP status. */
  status: number;
}

/** Answer of `GET /api/v1/batches/<idempotency key>`: whether a batch of the asking agent is stored. */
export interface BatchReport {
  batch_id: string;
  known: boolean;
  /** What its request was answered; `null` when the batch is not known. */
  answer: { status: number; body: string } | null;
}

/** Body of `POST /api/v1/state/digest`: what an agent has told of a collector; see `states/document_digest.ts`. */
export interface StateDigestRequest {
  module: string;
  collector: string;
  /** 256 digests in hex. */
  buckets: string[];
}

/** Its answer. */
export interface StateDigestAnswer {
  /** The buckets that are not the same, in order. */
  differ: number[];
  /** What the server has in them, by bucket: document id to digest in hex. Buckets that would make the answer too long are left out. */
  documents: Record<string, Record<string, string>>;
}

/** Answer to `POST /api/v1/commands/<document id>/start`: whether an order may begin. */
export interface StartAnswer {
  document_id: string;
  granted: boolean;
  /** Seconds from the request on within which it has to be done and told: after that the manager gives it up. */
  time_left?: number;
  /** Why it may not. */
  reason?: string;
}

/** A command as the manager hands it out. */
export interface Command {
  document_id: string;
  request_id?: string;
  order_id?: string;
  source?: string;
  user?: string;
  target?: { type: string; id: string };
  action: { name: string; version?: string; args?: Record<string, unknown> | unknown[] };
  /** Seconds. */
  timeout?: number;
  /** Seconds from this answer on within which it has to begin: after that the manager gives it up. */
  start_within?: number;
  /** True: the manager wants to be asked before it begins, see {@linkcode StartAnswer}. */
  confirm_start?: boolean;
  status?: string;
  /** See `signing/signed_orders.ts`. */
  signature?: { key_id: string; issued_at: string; expires_at: string; value: string };
}

/** Body of every error answer. `code` 2706 is an invalid token, 2707 an expired one. */
export interface ErrorBody {
  message: string;
  code?: number;
}
