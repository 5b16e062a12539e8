/**
 * Whether a batch of events arrived: for an agent that got no answer to it, and must know before it sends the events in another way.
 *
 * @module
 */

import type { Hono } from "hono";
import type { BatchReport } from "../../shared/protocol/wire.ts";
import { ROUTES } from "../http/routes.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

/**
 * Adds the route. A batch is named by the idempotency key that its request had. One that is not known is answered 200 as well:
 * 404 would not tell it from a server that has no such route.
 */
export function addBatches(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.get(ROUTES.batch.path, requireAgent(deps), async (c) => {
    const id = c.req.param("id") ?? "";
    const answer = await deps.stores.events.answerTo(c.get("agentId"), id);
    const report: BatchReport = {
      batch_id: id,
      known: answer !== undefined,
      answer: answer ?? null,
    };
    return c.json(report);
  });
}
