/**
 * How the modules of an agent stand: `GET /manager/agents/ID/modules`. They are told with the agent's answer to the order `status`, so this
 * shows the newest one.
 *
 * @module
 */

import type { Hono } from "hono";
import type { OrderViews } from "../commands/order_views.ts";
import { ApiError } from "../http/api_error.ts";
import type { Connection } from "../http/connection.ts";
import { ROUTES } from "../http/routes.ts";
import type { Store } from "../store.ts";
import type { Access } from "./access.ts";
import { toldStatus } from "./told_status.ts";

/** What the route works with. */
interface ModuleApiDeps {
  access: Access;
  store: Pick<Store, "agents">;
  commands: { views: Pick<OrderViews, "latestDone"> };
}

/** Adds the route. */
export function addModuleApi(
  app: Hono<{ Bindings: Connection }>,
  { access, store, commands }: ModuleApiDeps,
): void {
  app.get(ROUTES.agentModules.path, async (c) => {
    await access.require(c.req.header("Authorization"), "read");
    const agentId = (c.req.param("id") ?? "").toLowerCase();
    if (!store.agents.has(agentId)) throw new ApiError(404, `No agent "${agentId}"`);
    const told = toldStatus(commands.views, agentId);
    if (told === undefined) {
      throw new ApiError(404, `Agent "${agentId}" has told no status: order the action "status"`);
    }
    const { status: { modules }, toldAt, documentId } = told;
    return c.json({ modules, told_at: toldAt, document_id: documentId });
  });
}
