/**
 * The event that tells the server of a loss: nothing vanishes without a word.
 *
 * @module
 */

import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import type { LossEntry } from "../../queue/types.ts";

/** Encodes a loss, or a note that none was lost but perhaps doubled, as a stateless event of module `agent`, collector `loss_ledger`. */
export function encodeLossNotice(loss: LossEntry): string {
  const { stream, events, bytes, reason, detail } = loss;
  const where = detail === "" ? "" : ` (${detail})`;
  const what = isNote(loss) ? "no event was lost" : `${events} events, ${bytes} bytes lost`;
  return encodeStateless({ module: "agent", collector: "loss_ledger" }, {
    event: {
      original: `${what}: ${reason}${where}`,
      created: iso(loss.last_at_ms),
    },
    loss: { stream, events, bytes, reason, detail, first_at: iso(loss.first_at_ms) },
  });
}

/** Whether an entry of the ledger counts nothing: it is there for what it says, such as that events were perhaps received twice. */
export function isNote({ events, bytes }: Pick<LossEntry, "events" | "bytes">): boolean {
  return events === 0 && bytes === 0;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
