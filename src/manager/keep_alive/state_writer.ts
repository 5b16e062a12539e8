/**
 * Writes down what the monitor knows, so that it outlives the manager: changes soon and together,
 * signs of life in bulk now and then, as nothing depends on the time of the last one.
 *
 * @module
 */

import type { AgentStateTable } from "./agent_states.ts";
import { type AgentSlots, NEVER } from "./agent_slots.ts";
import type { MonitorClock } from "./monitor_clock.ts";
import type { HeldBack } from "./types.ts";

const SWEEP_INTERVAL_MS = 600_000;
const PORTION = 5_000;

/** What a {@linkcode StateWriter} works with. */
interface StateWriterDeps {
  slots: AgentSlots;
  states: Pick<AgentStateTable, "save">;
  clock: MonitorClock;
  /** What is held back of an agent. */
  heldOf(slot: number): HeldBack | undefined;
}

/** Remembers what is to be written, and writes it in portions. */
export class StateWriter {
  readonly #deps: StateWriterDeps;
  readonly #changed = new Set<number>();
  /** Signs of life before this are written down, or will be when this sweep is done. */
  #sweptAtMs: number;
  /** The slot that the sweep goes on with; `undefined` between sweeps. */
  #sweepAt: number | undefined;
  #lastSweepMs = NEVER;

  constructor(deps: StateWriterDeps) {
    this.#deps = deps;
    this.#sweptAtMs = deps.clock.monotonic();
  }

  /** The agent in `slot` has to be written down. */
  changed(slot: number): void {
    this.#changed.add(slot);
  }

  /** Writes everything that has changed. */
  writeChanged(): void {
    this.saveChanged()();
  }

  /** {@linkcode writeChanged} inside a transaction: call what it returns once that is committed. */
  saveChanged(): () => void {
    const slots = [...this.#changed];
    if (slots.length > 0) this.#save(slots);
    return () => slots.forEach((slot) => this.#changed.delete(slot));
  }

  /** Writes a portion of the signs of life when it is time to. Returns whether there are more. */
  writeSigns(): boolean {
    const nowMs = this.#deps.clock.monotonic();
    if (this.#sweepAt === undefined) {
      if (nowMs < this.#sweptAtMs + SWEEP_INTERVAL_MS) return false;
      this.#beginSweep(nowMs);
    }
    return this.#sweep();
  }

  /** Writes everything. */
  writeAll(): void {
    this.writeChanged();
    this.#beginSweep(this.#deps.clock.monotonic());
    while (this.#sweep());
  }

  #beginSweep(nowMs: number): void {
    this.#lastSweepMs = this.#sweptAtMs;
    this.#sweptAtMs = nowMs;
    this.#sweepAt = 0;
  }

  /** Returns whether there are more. */
  #sweep(): boolean {
    const { slots } = this.#deps;
    const begin = this.#sweepAt ?? 0;
    const end = Math.min(begin + PORTION, slots.size);
    const heard: number[] = [];
    for (let slot = begin; slot < end; slot++) {
      if (slots.heardAtMs(slot) >= this.#lastSweepMs) heard.push(slot);
    }
    if (heard.length > 0) this.#save(heard);
    this.#sweepAt = end < slots.size ? end : undefined;
    return this.#sweepAt !== undefined;
  }

  #save(chosen: readonly number[]): void {
    const { slots, states, clock, heldOf } = this.#deps;
    states.save(chosen.map((slot) => {
      const heardAtMs = slots.heardAtMs(slot);
      return {
        agentId: slots.id(slot),
        state: slots.state(slot),
        sinceMs: clock.toWall(slots.sinceMs(slot)),
        heardAtMs: heardAtMs === NEVER ? undefined : clock.toWall(heardAtMs),
        address: slots.address(slot),
        held: heldOf(slot),
      };
    }));
  }
}
