/**
 * Agents in the management API: `GET /manager/agents` says how they stand, `DELETE /agents/ID` removes one.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Hono } from "hono";
import { validate } from "uuid";
import { ApiError } from "../http/api_error.ts";
import { parseLimit, parseParameters } from "../http/paging.ts";
import { ROUTES } from "../http/routes.ts";
import type { SecurityAudit } from "../http/security_audit.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import type { PollRegistry } from "../commands/poll_registry.ts";
import type { Connection } from "../http/connection.ts";
import { forgetAgent } from "../removed_agent.ts";
import type { Stores } from "../stores/stores.ts";
import type { Access } from "./access.ts";
import type { AgentQuery } from "../keep_alive/agent_views.ts";
import { AGENT_STATES, type AgentState } from "../keep_alive/announcement.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";

const log = getLogger(["manager", "management"]);

const PARAMETERS = ["status", "group", "cloned", "limit", "cursor"] as const;

/** What the routes work with. */
export interface AgentApiDeps {
  access: Access;
  audit: SecurityAudit;
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
    const { agents, next = null } = keepAlive.views.list(parseQuery(c.req.queries()));
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

function parseQuery(query: Record<string, string[]>): AgentQuery {
  const { status, group, cloned, limit, cursor } = parseParameters(query, PARAMETERS);
  return {
    limit: parseLimit(limit),
    after: parseCursor(cursor),
    ...(status !== undefined && { status: parseStatus(status) }),
    ...(group !== undefined && { group: parseGroup(group) }),
    ...(cloned !== undefined && { cloned: parseBoolean("cloned", cloned) }),
  };
}

function parseStatus(text: string): AgentState {
  const status = AGENT_STATES.find((known) => known === text);
  if (status !== undefined) return status;
  throw new ApiError(400, `status is not one of ${AGENT_STATES.join(", ")}`);
}

function parseBoolean(name: string, text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new ApiError(400, `${name} is not true or false`);
}

function parseGroup(text: string): string {
  if (text !== "" && text.length <= 256) return text;
  throw new ApiError(400, "group is not 1 to 256 characters long");
}

function parseCursor(text: string | undefined): string {
  if (text === undefined) return "";
  // Agents are compared by their ids as texts, which are in lower case.
  if (validate(text) && text === text.toLowerCase()) return text;
  throw new ApiError(400, "cursor is not a next_cursor of an answer");
}
