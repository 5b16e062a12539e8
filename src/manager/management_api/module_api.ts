/**
 * How the modules of an agent stand: `GET /manager/agents/ID/modules`. They are told with the agent's answer to the order `status`, so this
 * shows the newest one.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import type { OrderViews } from "../commands/order_views.ts";
import { ApiError } from "../http/api_error.ts";
import type { Connection } from "../http/connection.ts";
import { ROUTES } from "../http/routes.ts";
import type { Store } from "../store.ts";
import type { Access } from "./access.ts";

const STATUS_ACTION = "status";

const DONE_ORDER = z.object({
  document_id: z.string(),
  finished_at: z.string(),
  result: z.object({ data: z.unknown() }),
});
const STATUS = z.object({ modules: z.array(z.looseObject({ name: z.string() })) });

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
    const order = DONE_ORDER.safeParse(commands.views.latestDone(agentId, STATUS_ACTION)).data;
    const modules = order && modulesIn(order.result.data);
    if (order === undefined || modules === undefined) {
      throw new ApiError(404, `Agent "${agentId}" has told no status: order the action "status"`);
    }
    return c.json({ modules, told_at: order.finished_at, document_id: order.document_id });
  });
}

/** An agent may send anything as its status. */
function modulesIn(data: unknown): z.infer<typeof STATUS>["modules"] | undefined {
  try {
    return STATUS.safeParse(typeof data === "string" ? JSON.parse(data) : data).data?.modules;
  } catch {
    return undefined;
  }
}
