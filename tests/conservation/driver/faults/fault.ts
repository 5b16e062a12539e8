/**
 * What a fault is.
 *
 * @module
 */

import type { AgentSide } from "../agent_side.ts";
import type { ManagerSide } from "../manager_side.ts";

/** What faults strike. */
export interface Target {
  agent: AgentSide;
  manager: ManagerSide;
}

/** A fault with everything that it needs to strike once. */
export interface Strike extends Target {
  /** Numbers in [0, 1), the same for the same seed. */
  random: () => number;
  /** Aborted when the run shall settle: whatever is broken is mended at once. */
  signal: AbortSignal;
  /** Says that the moment for it did not come: it does not count. */
  missed(): void;
}

/** Something that goes wrong. */
export interface Fault {
  /** As it stands in the report, such as `kill_agent_before_send`. */
  name: string;
  /** How often it is chosen among those of its lane, against the others. */
  weight: number;
  /** Why it can't be done on this machine; `undefined` when it can. */
  impossible?(target: Target): string | undefined;
  /** Does it, and leaves the world mended. */
  strike(strike: Strike): Promise<void>;
}

/** A number from `from` up to `to`. */
export function between(random: () => number, from: number, to: number): number {
  return from + (to - from) * random();
}

/** One of `items`. */
export function oneOf<T>(random: () => number, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("Nothing to choose from");
  return item;
}

/** Waits, or until the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
