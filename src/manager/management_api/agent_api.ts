/**
 * `GET /manager/agents` of the management API: how the agents stand.
 *
 * @module
 */

import type { Hono } from "hono";
import { validate } from "uuid";
import { ApiError } from "../http/api_error.ts";
import { parseLimit, parseParameters } from "../http/paging.ts";
import { ROUTES } from "../http/routes.ts";
import type { Tokens } from "../http/tokens.ts";
import type { AgentQuery } from "../keep_alive/agent_views.ts";
import { AGENT_STATES, type AgentState } from "../keep_alive/announcement.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";

const PARAMETERS = ["status", "group", "limit", "cursor"] as const;

/** What the route works with. */
export interface AgentApiDeps {
  tokens: Tokens;
  keepAlive: KeepAlive;
}

/** Adds the route. */
export function addAgentApi(app: Hono, { tokens, keepAlive }: AgentApiDeps): void {
  app.get(ROUTES.listAgents.path, async (c) => {
    await tokens.subject(c.req.header("Authorization"), "management");
    const { agents, next = null } = keepAlive.views.list(parseQuery(c.req.queries()));
    return c.json({ agents, next_cursor: next });
  });
}

function parseQuery(query: Record<string, string[]>): AgentQuery {
  const { status, group, limit, cursor } = parseParameters(query, PARAMETERS);
  return {
    limit: parseLimit(limit),
    after: parseCursor(cursor),
    ...(status !== undefined && { status: parseStatus(status) }),
    ...(group !== undefined && { group: parseGroup(group) }),
  };
}

function parseStatus(text: string): AgentState {
  const status = AGENT_STATES.find((known) => known === text);
  if (status !== undefined) return status;
  throw new ApiError(400, `status is not one of ${AGENT_STATES.join(", ")}`);
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
