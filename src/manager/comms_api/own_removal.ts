/**
 * An agent that takes itself off the manager, as `agent unregister` does: what it may remove is what its token is for.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Hono } from "hono";
import { ROUTES } from "../http/routes.ts";
import { forgetAgent } from "../removed_agent.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

const log = getLogger(["manager", "comms"]);

/** Adds the route. */
export function addOwnRemoval(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.delete(ROUTES.removeSelf.path, requireAgent(deps), async (c) => {
    const id = c.get("agentId");
    await deps.stores.agents.remove(id);
    await forgetAgent(deps, id);
    log.info("Agent {id} has removed itself", { id });
    deps.audit.write("agent_removed", { agent_id: id, user: null });
    return c.json({ data: { id }, error: 0 });
  });
}
