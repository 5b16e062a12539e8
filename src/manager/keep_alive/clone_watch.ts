/**
 * Finds identities that several machines use, such as those of a disk image that was copied after its agent had registered.
 *
 * An agent holds one poll open. When a second machine polls under its id, the first poll is answered at once, comes again by its
 * own connection, and takes the second's place in turn. So a connection that comes back for a poll that it lost, again and again, is
 * one of several machines. An agent that opens a new connection beside one that died never comes back by the old one.
 *
 * What is found is kept in memory: after a restart of the manager it is found again within seconds.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";

/** So many times connections must take turns within {@linkcode WINDOW_MS}. */
const FEWEST_TURNS = 3;
const WINDOW_MS = 60_000;
/** For how long nothing must be seen of it, until it is taken for mended. */
const MENDED_AFTER_MS = 600_000;
/** A bound of memory; the oldest is forgotten. */
const MAX_WATCHED = 20_000;

interface Watched {
  /** The connections that lost a poll last, newest last; two at most. */
  losers: string[];
  /** When connections took turns, in milliseconds of the monotonic clock, newest last. */
  turnsAtMs: number[];
  /** Wall clock, in milliseconds; `undefined` while it is not called cloned. */
  since: number | undefined;
}

/** Watches polls that take each other's place. */
export class CloneWatch {
  readonly #clock: Clock;
  readonly #watched = new Map<string, Watched>();
  readonly #onFound: (agentId: string) => void;

  /** @param onFound told once each time an identity is found to be used by several machines */
  constructor(clock: Clock, onFound: (agentId: string) => void) {
    this.#clock = clock;
    this.#onFound = onFound;
  }

  /** A poll by the connection `winner` has taken the place of one by `loser`. */
  replaced(agentId: string, { loser, winner }: { loser: string; winner: string }): void {
    if (loser === winner) return;
    const watched = this.#watch(agentId);
    const isTurn = watched.losers.includes(winner);
    watched.losers = [...watched.losers.filter((one) => one !== loser), loser].slice(-2);
    if (!isTurn) return;
    const nowMs = this.#clock.monotonic();
    watched.turnsAtMs = [...watched.turnsAtMs, nowMs].slice(-FEWEST_TURNS);
    const [first = nowMs] = watched.turnsAtMs;
    if (watched.turnsAtMs.length < FEWEST_TURNS || nowMs - first > WINDOW_MS) return;
    if (this.clonedSince(agentId) !== undefined) return;
    watched.since = this.#clock.now();
    this.#onFound(agentId);
  }

  /** Since when several machines use this identity, by the wall clock in milliseconds; `undefined` when one does. */
  clonedSince(agentId: string): number | undefined {
    const watched = this.#watched.get(agentId);
    const lastTurnMs = watched?.turnsAtMs.at(-1) ?? -Infinity;
    if (watched?.since === undefined) return undefined;
    if (this.#clock.monotonic() - lastTurnMs < MENDED_AFTER_MS) return watched.since;
    watched.since = undefined;
    return undefined;
  }

  /** The agent was removed. */
  forget(agentId: string): void {
    this.#watched.delete(agentId);
  }

  #watch(agentId: string): Watched {
    const known = this.#watched.get(agentId);
    if (known !== undefined) return known;
    const [oldest] = this.#watched.keys();
    if (this.#watched.size >= MAX_WATCHED && oldest !== undefined) this.#watched.delete(oldest);
    const watched: Watched = { losers: [], turnsAtMs: [], since: undefined };
    this.#watched.set(agentId, watched);
    return watched;
  }
}
