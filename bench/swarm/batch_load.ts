/**
 * Batches at an even rate, from one agent after the other, whether or not the manager keeps up.
 *
 * @module
 */

import { systemClock } from "../../src/shared/clock.ts";
import type { SimulatedAgent } from "./simulated_agent.ts";

/** How batches are sent. */
export interface BatchLoadOptions {
  /** Batches a second over all agents. */
  rate: number;
  batchEvents: number;
  seconds: number;
}

const TURN_MS = 5;

/**
 * Sends `rate * seconds` batches and waits for their answers. An agent whose batch is not answered
 * yet is passed over.
 */
export async function sendBatches(
  agents: readonly SimulatedAgent[],
  { rate, batchEvents, seconds }: BatchLoadOptions,
): Promise<void> {
  const idle = [...agents];
  const sending = new Set<Promise<void>>();
  const beginMs = performance.now();
  for (let sent = 0; sent < rate * seconds;) {
    const due = Math.min(seconds, (performance.now() - beginMs) / 1_000) * rate;
    for (; sent < Math.floor(due); sent++) {
      const agent = idle.shift();
      if (agent === undefined) break;
      const batch = agent.sendBatch(batchEvents).finally(() => {
        idle.push(agent);
        sending.delete(batch);
      });
      sending.add(batch);
    }
    await systemClock.sleep(TURN_MS);
  }
  await Promise.all(sending);
}
