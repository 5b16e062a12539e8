/**
 * Writes down what the monitor knows, so that it outlives the manager: changes soon and together,
 * signs of life in bulk now and then, as nothing depends on the time of the last one.
 *
 * @module
 */

import type { States } from "../stores/states.ts";
import type { SavedState } from "./agent_states.ts";
import { type AgentSlots, NEVER } from "./agent_slots.ts";
import type { MonitorClock } from "./monitor_clock.ts";
import type { HeldBack } from "./types.ts";

const SWEEP_INTERVAL_MS = 600_000;
const PORTION = 5_000;

/** What a {@linkcode StateWriter} works with. */
interface StateWriterDeps {
  slots: AgentSlots;
  states: Pick<States, "save">;
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

  /** Everything that has changed since the last time; put it back when it could not be written. */
  takeChanged(): { states: SavedState[]; putBack(): void } {
    const slots = [...this.#changed];
    this.#changed.clear();
    return {
      states: this.#statesOf(slots),
      putBack: () => slots.forEach((slot) => this.#changed.add(slot)),
    };
  }

  /** Writes a portion of the signs of life when it is time to. Resolves to whether there are more. */
  async writeSigns(): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonic();
    if (this.#sweepAt === undefined) {
      if (nowMs < this.#sweptAtMs + SWEEP_INTERVAL_MS) return false;
      this.#beginSweep(nowMs);
    }
    return await this.#sweep();
  }

  /** Writes all signs of life. */
  async writeAllSigns(): Promise<void> {
    this.#beginSweep(this.#deps.clock.monotonic());
    while (await this.#sweep());
  }

  #beginSweep(nowMs: number): void {
    this.#lastSweepMs = this.#sweptAtMs;
    this.#sweptAtMs = nowMs;
    this.#sweepAt = 0;
  }

  /** Resolves to whether there are more. */
  async #sweep(): Promise<boolean> {
    const { slots } = this.#deps;
    const begin = this.#sweepAt ?? 0;
    const end = Math.min(begin + PORTION, slots.size);
    const heard: number[] = [];
    for (let slot = begin; slot < end; slot++) {
      if (slots.heardAtMs(slot) >= this.#lastSweepMs) heard.push(slot);
    }
    if (heard.length > 0) await this.#deps.states.save({ states: this.#statesOf(heard) });
    this.#sweepAt = end < slots.size ? end : undefined;
    return this.#sweepAt !== undefined;
  }

  #statesOf(chosen: readonly number[]): SavedState[] {
    const { slots, clock, heldOf } = this.#deps;
    return chosen.map((slot) => {
      const heardAtMs = slots.heardAtMs(slot);
      return {
        agentId: slots.id(slot),
        state: slots.state(slot),
        sinceMs: clock.toWall(slots.sinceMs(slot)),
        heardAtMs: heardAtMs === NEVER ? undefined : clock.toWall(heardAtMs),
        address: slots.address(slot),
        held: heldOf(slot),
      };
    });
  }
}
