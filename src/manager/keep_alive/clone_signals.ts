/**
 * What gives away an identity that several machines use. Each signal is enough by itself, and none is given by one machine that is
 * restarted, fails over to another way, gets another address, or is renamed: see {@linkcode Turns}.
 *
 * @module
 */

import { isIPv6 } from "node:net";
import { Turns, type TurnsRule } from "./turns.ts";

/**
 * The signals:
 *
 * - `poll_connection`: connections that lost their poll to another one come back for it;
 * - `poll_overlap`: a poll that has lost its place comes again at once, by whatever connection;
 * - `address`: requests come from two addresses by turns;
 * - `host_name`: batches of events name two hosts by turns;
 * - `batch_order`: new batches of the stateful stream, which one machine sends in the order of their ids, go back by turns.
 */
const CLONE_SIGNALS = [
  "poll_connection",
  "poll_overlap",
  "address",
  "host_name",
  "batch_order",
] as const;

/** One of them. */
export type CloneSignal = (typeof CLONE_SIGNALS)[number];

/**
 * A way out that flaps brings an address back some times; batches that were in flight when a host was renamed bring its old name
 * back.
 */
const RULES: Readonly<Record<CloneSignal, TurnsRule>> = {
  poll_connection: { returns: 3, windowMs: 60_000 },
  poll_overlap: { returns: 4, windowMs: 60_000 },
  address: { returns: 6, windowMs: 600_000 },
  host_name: { returns: 6, windowMs: 600_000 },
  batch_order: { returns: 3, windowMs: 600_000 },
};
/**
 * A machine that lost its poll asks again within this time; one whose connection was cut by a proxy knows nothing of a loss, and
 * asks when the next is cut.
 */
const AT_ONCE_MS = 1_000;
/** Once found: machines that take each other's polls ask less and less often. */
const SLOWED_MS = 10_000;

/** A new batch of events. */
export interface SeenBatch {
  stream: "stateless" | "stateful";
  /** Its key, a UUID of version 7 as a rule; `null` when it had none. */
  batchId: string | null;
  /** As its agent line names it; `undefined` when that names none. */
  hostName: string | undefined;
}

/** A UUID of version 7 begins with its time: texts of them compare like times. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/;

/** What turns are counted of; addresses of each family by themselves, since one machine may use both. */
type Counted = Exclude<CloneSignal, "address"> | "address4" | "address6";

/** The signals of one agent. What is told returns whether it was a turn. Most agents never change: they take little memory. */
export class CloneSignals {
  readonly #turns = new Map<Counted, Turns>();
  readonly #last: { address4?: string; address6?: string; host?: string; batch?: string } = {};
  #replacedAtMs = -Infinity;

  /** A poll by the connection `winner` has taken the place of one by `loser`. */
  replaced(
    { loser, winner }: { loser: string; winner: string },
    { nowMs, found }: { nowMs: number; found: boolean },
  ): boolean {
    const sinceMs = nowMs - this.#replacedAtMs;
    this.#replacedAtMs = nowMs;
    if (loser === winner) return false;
    const returned = this.#of("poll_connection").changed({ left: loser, to: winner }, nowMs);
    if (sinceMs > (found ? SLOWED_MS : AT_ONCE_MS)) return returned;
    this.#of("poll_overlap").add(nowMs);
    return true;
  }

  /** A request came from `address`. */
  from(address: string, nowMs: number): boolean {
    const family = isIPv6(address) ? "address6" : "address4";
    const before = this.#last[family];
    this.#last[family] = address;
    return this.#change(family, { before, now: address }, nowMs);
  }

  /** A batch was stored, for the first time. */
  batch({ stream, batchId, hostName }: SeenBatch, nowMs: number): boolean {
    const { host, batch = "" } = this.#last;
    if (hostName !== undefined) this.#last.host = hostName;
    const renamed = this.#change("host_name", { before: host, now: hostName }, nowMs);
    // Stateless batches are in flight side by side and may overtake each other.
    if (stream !== "stateful" || batchId === null || !UUID_V7.test(batchId)) return renamed;
    this.#last.batch = batchId;
    const wentBack = batchId < batch;
    if (wentBack) this.#of("batch_order").add(nowMs);
    return renamed || wentBack;
  }

  /** The signals that are given now. */
  given(nowMs: number): CloneSignal[] {
    const many = [...this.#turns].filter(([, turns]) => turns.areMany(nowMs));
    return [...new Set(many.map(([counted]) => signalOf(counted)))];
  }

  #change(
    counted: Counted,
    { before, now }: { before: string | undefined; now: string | undefined },
    nowMs: number,
  ): boolean {
    if (before === undefined || now === undefined || before === now) return false;
    return this.#of(counted).changed({ left: before, to: now }, nowMs);
  }

  #of(counted: Counted): Turns {
    const turns = this.#turns.get(counted) ?? new Turns(RULES[signalOf(counted)]);
    this.#turns.set(counted, turns);
    return turns;
  }
}

function signalOf(counted: Counted): CloneSignal {
  return counted === "address4" || counted === "address6" ? "address" : counted;
}
