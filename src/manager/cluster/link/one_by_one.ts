/**
 * Work that is done again later anyway, for many.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { StoreUnavailable } from "../../stores/unavailable.ts";

const log = getLogger(["manager", "cluster"]);

/** So many failures, and it is the cluster that takes nothing, not one item that is stuck. */
const MOST_FAILURES = 3;

/**
 * Does `work` for each item. One that the cluster does not take now is left for the next time, and holds up no other.
 *
 * @throws StoreUnavailable when several are not taken; what `work` throws besides
 */
export async function oneByOne<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  let failures = 0;
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || ++failures === MOST_FAILURES) throw error;
      log.debug("Left for later: {reason}", { reason: error.message });
    }
  }
}
