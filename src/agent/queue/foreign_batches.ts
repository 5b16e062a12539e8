/**
 * Batches that were made for an agent that is no more: their first line names it, and the server would refuse them all.
 *
 * @module
 */

import * as z from "zod";
import { doubleOf } from "./batch_events.ts";
import type { QueueStore } from "./queue_store.ts";
import { type Batch, STREAMS } from "./types.ts";

/** The batches that were made for another agent than `agentId`. */
export function foreignBatches({ batches }: QueueStore, agentId: string): Batch[] {
  return STREAMS.flatMap((stream) => batches.list(stream))
    .filter(({ agent_line }) => agentIn(agent_line) !== agentId);
}

const AGENT_LINE = z.object({ agent: z.object({ id: z.string() }) });

/** A line that the disk changed, in a row from before there were checksums, is nobody's: its events leave in another batch. */
function agentIn(line: string): string | undefined {
  try {
    return AGENT_LINE.safeParse(JSON.parse(line)).data?.agent.id;
  } catch {
    return undefined;
  }
}

/** Dissolves batches; their events wait again. Belongs inside a transaction. */
export function releaseForeign(store: QueueStore, batches: readonly Batch[], nowMs: number): void {
  for (const batch of batches) {
    store.release(batch);
    store.losses.record(doubleOf(batch), nowMs);
  }
}
