/**
 * The event that tells the server of a loss: nothing vanishes without a word.
 *
 * @module
 */

import { encodeStateless } from "../../shared/protocol/event_encoder.ts";
import type { LossEntry } from "../queue/types.ts";

/** Encodes a loss as a stateless event of module `agent`, collector `loss_ledger`. */
export function encodeLossNotice(loss: LossEntry): string {
  const { stream, events, bytes, reason, detail } = loss;
  const where = detail === "" ? "" : ` (${detail})`;
  return encodeStateless({ module: "agent", collector: "loss_ledger" }, {
    event: {
      original: `${events} events, ${bytes} bytes lost: ${reason}${where}`,
      created: iso(loss.last_at_ms),
    },
    loss: { stream, events, bytes, reason, detail, first_at: iso(loss.first_at_ms) },
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
