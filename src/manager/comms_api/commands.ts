/**
 * The long poll: held until there are commands for the agent, it is asked whether it lives, or the
 * time is over.
 *
 * @module
 */

import type { Hono } from "hono";
import { ApiError, errorResponse, TOKEN_INVALID } from "../http/api_error.ts";
import type { Connection } from "../http/connection.ts";
import { ROUTES } from "../http/routes.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

/** Adds the poll. */
export function addCommands(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.get(ROUTES.commands.path, requireAgent(deps, "poll"), async (c) => {
    const agentId = c.get("agentId");
    const outcome = await deps.polls.hold({
      agentId,
      connection: connectionOf(c.env),
      waitMs: askedWaitMs(c.req.header("Prefer")),
      signal: c.req.raw.signal,
      take: () => offer(deps, agentId),
    });
    if (outcome.kind === "commands") return c.json({ commands: outcome.commands });
    // Held and ended in good order: an error would have the agent ask for shorter polls, as of a proxy that cuts them.
    if (outcome.kind === "keep_alive" || outcome.kind === "stopped") {
      return c.json({ commands: [] });
    }
    if (outcome.kind === "removed") {
      throw new ApiError(401, "Invalid token", { code: TOKEN_INVALID });
    }
    if (outcome.kind === "late") throw stopping();
    return errorResponse(408, "No commands came in time");
  });
}

/** Adds the question whether an order may begin. */
export function addOrderStarts(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.post(ROUTES.startOrder.path, requireAgent(deps), async (c) => {
    const [agentId, id] = [c.get("agentId"), c.req.param("id") ?? ""];
    const isCloned = deps.keepAlive.clones.finding(agentId) !== undefined;
    if (!isCloned || !deps.holdsClonedOrders) {
      return c.json(await deps.commands.begin(agentId, id));
    }
    return c.json({ document_id: id, granted: false, reason: CLONED });
  });
}

/** The waits differ, so that its agents do not all come to another manager, or to this one again, at once. */
function stopping(): ApiError {
  const retryAfterS = 1 + Math.floor(Math.random() * 3);
  return new ApiError(503, "The manager is stopping", { retryAfterS, closes: true });
}

const CLONED = "not given: several machines use this agent's id";

/** Nobody can say which of several machines would get an order, so none does, and whoever gave it is told. */
async function offer({ commands, keepAlive, holdsClonedOrders }: CommsDeps, agentId: string) {
  if (!holdsClonedOrders || keepAlive.clones.finding(agentId) === undefined) {
    return await commands.offer(agentId);
  }
  await commands.refuseOrders(agentId, CLONED);
  return { commands: [], againAtMs: undefined };
}

/** How long the client wants to wait at most (RFC 7240), in milliseconds; `undefined` when it does not say. */
function askedWaitMs(prefer: string | undefined): number | undefined {
  const [, seconds] = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(prefer ?? "") ??
    [];
  return seconds === undefined ? undefined : Math.max(1, Number(seconds)) * 1_000;
}

function connectionOf(connection: Connection | undefined): string {
  const { remoteAddress, remotePort } = connection ?? {};
  return remoteAddress === undefined ? "" : `${remoteAddress} ${remotePort ?? ""}`;
}
