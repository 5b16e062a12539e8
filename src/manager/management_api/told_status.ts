/**
 * What an agent told of itself with its newest answer to the order `status`.
 *
 * @module
 */

import * as z from "zod";
import type { OrderViews } from "../commands/order_views.ts";

const STATUS_ACTION = "status";

const DONE_ORDER = z.object({
  document_id: z.string(),
  finished_at: z.string(),
  result: z.object({ data: z.unknown() }),
});
const STATUS = z.looseObject({ modules: z.array(z.looseObject({ name: z.string() })) });

/** A status and when it was told. */
export interface ToldStatus {
  /** As the agent sent it; nothing is certain but that modules have names. */
  status: z.infer<typeof STATUS>;
  /** ISO 8601. */
  toldAt: string;
  /** Of the order. */
  documentId: string;
}

/** The status that an agent told last; `undefined` when it told none, or that was too long ago. */
export function toldStatus(
  views: Pick<OrderViews, "latestDone">,
  agentId: string,
): ToldStatus | undefined {
  const order = DONE_ORDER.safeParse(views.latestDone(agentId, STATUS_ACTION)).data;
  const status = order && statusIn(order.result.data);
  return order && status &&
    { status, toldAt: order.finished_at, documentId: order.document_id };
}

/** An agent may send anything as its status. */
function statusIn(data: unknown): ToldStatus["status"] | undefined {
  try {
    return STATUS.safeParse(typeof data === "string" ? JSON.parse(data) : data).data;
  } catch {
    return undefined;
  }
}
