/**
 * Batches of events as people look at them.
 *
 * @module
 */

import type { StoredBatch } from "../events/batch_views.ts";

/** Shows them. */
export interface Batches {
  /**
   * The newest batches of an agent that are kept still, newest first.
   *
   * @throws StoreUnavailable when that cannot be told now
   */
  newest(agentId: string, limit: number): Promise<StoredBatch[]>;
}
