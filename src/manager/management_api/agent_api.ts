/**
 * Agents in the management API: `GET /manager/agents` says how they stand, `DELETE /agents/ID` removes one.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Hono } from "hono";
import { ApiError } from "../http/api_error.ts";
import { ROUTES } from "../http/routes.ts";
import type { SecurityAudit } from "../http/security_audit.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import type { PollRegistry } from "../commands/poll_registry.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Connection } from "../http/connection.ts";
import { forgetAgent } from "../removed_agent.ts";
import type { Stores } from "../stores/stores.ts";
import type { Access } from "./access.ts";
import { parseAgentQuery } from "./agent_parameters.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";

const log = getLogger(["manager", "management"]);

/** What the routes work with. */
export interface AgentApiDeps {
  access: Access;
  audit: SecurityAudit;
  clock: Clock;
  commands: CommandManager;
  keepAlive: KeepAlive;
  polls: PollRegistry;
  stores: Stores;
}

/** Adds the routes. */
export function addAgentApi(app: Hono<{ Bindings: Connection }>, deps: AgentApiDeps): void {
  const { access, keepAlive } = deps;
  app.get(ROUTES.listAgents.path, async (c) => {
    await access.require(c.req.header("Authorization"), "read");
    const { agents, next = null } = keepAlive.views.list(
      parseAgentQuery(c.req.queries(), deps.clock.now()),
    );
    return c.json({ agents, next_cursor: next });
  });

  app.delete(ROUTES.removeAgent.path, async (c) => {
    const user = await access.require(c.req.header("Authorization"), "operate");
    const id = (c.req.param("id") ?? "").toLowerCase();
    if (!await deps.stores.agents.remove(id)) throw new ApiError(404, `No agent "${id}"`);
    await forgetAgent(deps, id);
    log.info("Agent {id} removed by {user}", { id, user });
    deps.audit.write("agent_removed", { agent_id: id, user });
    return c.json({ data: { id }, error: 0 });
  });
}
