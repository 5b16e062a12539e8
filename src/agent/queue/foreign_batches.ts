/**
 * Batches that were made for an agent that is no more: their first line names it, and the server would refuse them all.
 *
 * @module
 */

import { doubleOf } from "./batch_events.ts";
import type { QueueStore } from "./queue_store.ts";
import { type Batch, STREAMS } from "./types.ts";

/** The batches that were made for another agent than `agentId`. */
export function foreignBatches({ batches }: QueueStore, agentId: string): Batch[] {
  return STREAMS.flatMap((stream) => batches.list(stream))
    .filter(({ agent_line }) => JSON.parse(agent_line).agent?.id !== agentId);
}

/** Dissolves batches; their events wait again. Belongs inside a transaction. */
export function releaseForeign(store: QueueStore, batches: readonly Batch[], nowMs: number): void {
  for (const batch of batches) {
    store.release(batch);
    store.losses.record(doubleOf(batch), nowMs);
  }
}
