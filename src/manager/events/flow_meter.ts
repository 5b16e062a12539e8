/**
 * How events come in, second by second: kept in memory, for whoever looks at it. Counting is all that it costs, no timer runs.
 *
 * @module
 */

import type { Stream } from "../../shared/protocol/wire.ts";
import type { Clock } from "../../shared/clock.ts";

/** So many seconds are remembered. */
export const REMEMBERED_S = 900;
/** The newest losses that are remembered. */
const MAX_LOSSES = 200;

/** What came in within one second. */
export interface FlowSecond {
  /** Its beginning, in milliseconds since 1970. */
  atMs: number;
  stateless: number;
  stateful: number;
  /** Batches that had come before. */
  repeats: number;
  /** Requests that were answered with an error. */
  refused: number;
  /** Events that agents told to be lost. */
  lost: number;
}

/** What an agent says of something that it could not read, keep or deliver. */
export interface LossNotice {
  stream: string;
  events: number;
  bytes: number;
  reason: string;
  detail: string;
}

/** A notice as it was received. */
export interface ReceivedLoss extends LossNotice {
  agentId: string;
  /** Milliseconds since 1970. */
  receivedAtMs: number;
}

type Kind = Exclude<keyof FlowSecond, "atMs">;
type Sums = Record<Kind, number>;

const NOTHING: Readonly<Sums> = { stateless: 0, stateful: 0, repeats: 0, refused: 0, lost: 0 };

/** Counts what comes in. */
export class FlowMeter {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  /** The second that each place of the ring is about, and what came in then. */
  readonly #ring: { second: number; sums: Sums }[] = [];
  readonly #totals: Sums = { ...NOTHING };
  #losses: ReceivedLoss[] = [];
  #notices = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.monotonic();
  }

  /** Events were stored. */
  stored(stream: Stream, events: number): void {
    this.#add(stream, events);
  }

  /** A batch came again. */
  repeated(): void {
    this.#add("repeats", 1);
  }

  /** A request with events was answered with an error. */
  refused(): void {
    this.#add("refused", 1);
  }

  /** Agents told of losses. */
  lost(agentId: string, notices: readonly LossNotice[]): void {
    const receivedAtMs = this.#clock.now();
    for (const notice of notices) {
      this.#add("lost", notice.events);
      this.#losses.unshift({ ...notice, agentId, receivedAtMs });
    }
    this.#notices += notices.length;
    this.#losses = this.#losses.slice(0, MAX_LOSSES);
  }

  /** Since the start of the manager. `notices` is how many losses were told. */
  totals(): Sums & { notices: number } {
    return { ...this.#totals, notices: this.#notices };
  }

  /** The newest losses that were told, newest first; all of them or those of one agent. */
  losses(agentId?: string): ReceivedLoss[] {
    return this.#losses.filter((loss) => agentId === undefined || loss.agentId === agentId);
  }

  /** The seconds that are over, oldest first: those after the second of `afterMs` (milliseconds since 1970). */
  seconds(afterMs = -Infinity): FlowSecond[] {
    const now = this.#second();
    // The wall clock may be moved; seconds are counted by the other one.
    const wallOf = (second: number) => {
      return Math.round((this.#clock.now() - this.#clock.monotonic()) / 1_000 + second) * 1_000;
    };
    const first = Math.max(now - REMEMBERED_S + 1, Math.floor(this.#startedAtMs / 1_000));
    const seconds: FlowSecond[] = [];
    for (let second = first; second < now; second++) {
      const atMs = wallOf(second);
      if (atMs > afterMs) seconds.push({ atMs, ...this.#sumsOf(second) });
    }
    return seconds;
  }

  #sumsOf(second: number): Readonly<Sums> {
    const place = this.#ring[second % REMEMBERED_S];
    return place?.second === second ? place.sums : NOTHING;
  }

  #add(kind: Kind, amount: number): void {
    this.#totals[kind] += amount;
    const second = this.#second();
    const index = second % REMEMBERED_S;
    let place = this.#ring[index];
    if (place?.second !== second) {
      place = { second, sums: { ...NOTHING } };
      this.#ring[index] = place;
    }
    place.sums[kind] += amount;
  }

  #second(): number {
    return Math.floor(this.#clock.monotonic() / 1_000);
  }
}
