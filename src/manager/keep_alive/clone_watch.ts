/**
 * Finds identities that several machines use, such as those of a disk image that was copied after its agent had registered.
 *
 * An agent holds one poll open. When a second machine polls under its id, the first poll is answered at once and comes again, and
 * takes the second's place in turn. Machines that do not meet there meet in what else they say: {@linkcode CloneSignals}. What is
 * found stays so until nothing of it was seen for ten minutes.
 *
 * What is found is kept in memory: after a restart of the manager it is found again.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { type CloneSignal, CloneSignals, type SeenBatch } from "./clone_signals.ts";

/** For how long nothing must be seen of it, until it is taken for mended. */
const MENDED_AFTER_MS = 600_000;
/** How often it is told that it goes on. */
const TOLD_EVERY_MS = 60_000;
/** A bound of memory; the one that was met first is forgotten. */
const MAX_WATCHED = 100_000;

interface Watched {
  signals: CloneSignals;
  found: CloneFinding | undefined;
  /** When something of it was seen last, in milliseconds of the monotonic clock. */
  seenAtMs: number;
  /** When it was last told, by the same clock. */
  toldAtMs: number;
}

/** That several machines use an identity. */
interface CloneFinding {
  /** Wall clock, in milliseconds. */
  since: number;
  /** What gave it away, all of it so far. */
  signals: readonly CloneSignal[];
}

/** Is told of what is found. */
interface CloneListener {
  /** Several machines use this identity; told once each time that begins. */
  found(agentId: string, finding: CloneFinding): void;
  /** It was seen again, after a minute or more. */
  goesOn(agentId: string, finding: CloneFinding): void;
  /** It is over. */
  mended(agentId: string): void;
}

/** Watches what is said under each identity. */
export class CloneWatch {
  readonly #clock: Clock;
  readonly #watched = new Map<string, Watched>();
  /** Those with a finding. */
  readonly #cloned = new Set<string>();
  readonly #listener: CloneListener;

  constructor(clock: Clock, listener: CloneListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** A poll by the connection `winner` has taken the place of one by `loser`. */
  replaced(agentId: string, by: { loser: string; winner: string }): void {
    this.#note(agentId, ({ signals, found }, nowMs) => {
      return signals.replaced(by, { nowMs, found: found !== undefined });
    });
  }

  /** A request came from `address`. `before` is where the last one came from: who never moves takes no memory. */
  from(agentId: string, { address, before }: { address: string; before: string }): void {
    if (address === before) return;
    this.#note(agentId, ({ signals }, nowMs) => {
      if (before !== "") signals.from(before, nowMs);
      return signals.from(address, nowMs);
    });
  }

  /** A batch was stored, for the first time. */
  batch(agentId: string, batch: SeenBatch): void {
    this.#note(agentId, ({ signals }, nowMs) => signals.batch(batch, nowMs));
  }

  /** Somebody else has found that several machines use this identity: nobody is told. */
  adopt(agentId: string, signals: readonly CloneSignal[]): void {
    const watched = this.#watch(agentId);
    const nowMs = this.#clock.monotonic();
    if (watched.found !== undefined) this.#settle(agentId, watched);
    const all = new Set([...watched.found?.signals ?? [], ...signals]);
    const since = watched.found?.since ?? this.#clock.now();
    watched.found = { since, signals: [...all].sort() };
    watched.seenAtMs = nowMs;
    watched.toldAtMs = nowMs;
    this.#cloned.add(agentId);
  }

  /** That several machines use this identity; `undefined` when one does. */
  finding(agentId: string): CloneFinding | undefined {
    const watched = this.#watched.get(agentId);
    if (watched?.found !== undefined) this.#settle(agentId, watched);
    return watched?.found;
  }

  /** The identities that several machines use. */
  all(): string[] {
    return [...this.#cloned].filter((agentId) => this.finding(agentId) !== undefined);
  }

  /** The agent was removed. */
  forget(agentId: string): void {
    this.#watched.delete(agentId);
    this.#cloned.delete(agentId);
  }

  #note(agentId: string, see: (watched: Watched, nowMs: number) => boolean): void {
    const nowMs = this.#clock.monotonic();
    const watched = this.#watch(agentId);
    if (watched.found !== undefined) this.#settle(agentId, watched);
    if (!see(watched, nowMs)) return;
    watched.seenAtMs = nowMs;
    const given = watched.signals.given(nowMs);
    if (given.length > 0) this.#find(agentId, watched, given);
  }

  #find(agentId: string, watched: Watched, given: readonly CloneSignal[]): void {
    const { found } = watched;
    const signals = [...new Set([...found?.signals ?? [], ...given])].sort();
    watched.found = { since: found?.since ?? this.#clock.now(), signals };
    const nowMs = this.#clock.monotonic();
    if (found === undefined) {
      watched.toldAtMs = nowMs;
      this.#cloned.add(agentId);
      this.#listener.found(agentId, watched.found);
    } else if (nowMs - watched.toldAtMs >= TOLD_EVERY_MS) {
      watched.toldAtMs = nowMs;
      this.#listener.goesOn(agentId, watched.found);
    }
  }

  /** Takes it for mended once nothing was seen for long. */
  #settle(agentId: string, watched: Watched): void {
    if (this.#clock.monotonic() - watched.seenAtMs < MENDED_AFTER_MS) return;
    watched.found = undefined;
    watched.signals = new CloneSignals();
    this.#cloned.delete(agentId);
    this.#listener.mended(agentId);
  }

  #watch(agentId: string): Watched {
    const known = this.#watched.get(agentId);
    if (known !== undefined) return known;
    const [oldest] = this.#watched.keys();
    if (this.#watched.size >= MAX_WATCHED && oldest !== undefined) this.forget(oldest);
    const watched: Watched = {
      signals: new CloneSignals(),
      found: undefined,
      seenAtMs: -Infinity,
      toldAtMs: -Infinity,
    };
    this.#watched.set(agentId, watched);
    return watched;
  }
}
