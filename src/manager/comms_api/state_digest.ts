/**
 * Whether the manager shows what an agent's machine has: the agent sends digests of what it told of a collector, and hears what differs.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import type { StateDigestAnswer, StateDigestRequest } from "../../shared/protocol/wire.ts";
import { BUCKETS } from "../../shared/states/document_digest.ts";
import { ApiError } from "../http/api_error.ts";
import { ROUTES } from "../http/routes.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

/** Documents that one answer names at most: a megabyte. Whoever mends those asks again. */
const MAX_NAMED = 10_000;

const REQUEST = z.object({
  module: z.string().min(1).max(256),
  collector: z.string().max(256),
  buckets: z.array(z.string().regex(/^[0-9a-f]{40}$/)).length(BUCKETS),
});

/** Adds the route. */
export function addStateDigest(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.post(ROUTES.stateDigest.path, requireAgent(deps), async (c) => {
    const request = parseRequest(await deps.bodies.json(c.req.raw));
    const agentId = c.get("agentId");
    await deps.stores.events.whenShown(agentId);
    return c.json(compare(deps, agentId, request));
  });
}

function compare({ store }: CommsDeps, agentId: string, request: StateDigestRequest) {
  const own = store.documents.digests(agentId, request);
  const differ = own.flatMap((digest, bucket) => digest === request.buckets[bucket] ? [] : bucket);
  const documents = differ.length === 0
    ? {}
    : store.documents.documentsIn(agentId, request, { buckets: differ, limit: MAX_NAMED });
  return { differ, documents } satisfies StateDigestAnswer;
}

function parseRequest(body: unknown): StateDigestRequest {
  const parsed = REQUEST.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ApiError(400, `Must have "module", "collector" and ${BUCKETS} "buckets" in hex`);
}
