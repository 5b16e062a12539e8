/**
 * Giving up old events through the local API.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import { AgentError } from "../../shared/errors.ts";
import type { PurgeOrder, PurgeReport } from "../../shared/protocol/queue_inspection.ts";
import { readBody } from "./request_bounds.ts";

const MAX_BODY_BYTES = 1024;
const ORDER = z.strictObject({
  stream: z.enum(["stateless", "stateful"]),
  before_ms: z.int().min(0),
});
const EXAMPLE = '{"stream":"stateless","before_ms":1769846400000}';

/** Adds the route. */
export function addPurgeRoute(
  app: Hono,
  purge: (order: PurgeOrder) => Promise<PurgeReport>,
): void {
  app.post("/v1/queue/purge", async (context) => {
    const hint = `send ${EXAMPLE}`;
    const body = await readBody(context.req.raw, { maxBytes: MAX_BODY_BYTES, hint });
    return context.json(await purge(orderIn(new TextDecoder().decode(body), hint)));
  });
}

function orderIn(text: string, hint: string): PurgeOrder {
  try {
    return ORDER.parse(JSON.parse(text));
  } catch {
    throw new AgentError("usage", "Cannot tell which events are to be purged", { hint });
  }
}
