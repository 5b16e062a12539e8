/**
 * The command manager's routes of the management API.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import * as z from "zod";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import { parseLimit, parseNumber, parseParameters } from "../http/paging.ts";
import { ROUTES } from "../http/routes.ts";
import type { Connection } from "../http/connection.ts";
import type { Access, Right } from "./access.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import { parseCommands } from "../commands/command_request.ts";
import { ORDER_STATUSES, type OrderKey } from "../commands/order.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import type { OrderQuery } from "../commands/order_views.ts";

const INDEX = "orders";
const PARAMETERS = ["status", "agent", "request", "limit", "cursor"] as const;

const NOTICES = z.object({
  commands: z.array(z.object({
    document_id: z.string(),
    target: z.object({ type: z.literal("agent"), id: z.string() }),
  })),
});

/** What the routes work with. */
export interface CommandApiDeps {
  access: Access;
  commands: CommandManager;
  bodies: BodyReader;
  keepAlive: KeepAlive;
}

/** Adds the routes. */
export function addCommandApi(app: Hono<{ Bindings: Connection }>, deps: CommandApiDeps): void {
  const { access, commands, bodies } = deps;
  const require = (c: Context, right: Right) =>
    access.require(c.req.header("Authorization"), right);

  app.post(ROUTES.submitCommands.path, async (c) => {
    await require(c, "operate");
    const ids = await commands.submit(parseCommands(await readRequestBody(c.req.raw, bodies)));
    return c.json({ _index: INDEX, _documents: ids.map((_id) => ({ _id })), result: "OK" });
  });

  app.post(ROUTES.acceptCommands.path, async (c) => {
    await require(c, "operate");
    const agentIds = parseNotices(await bodies.json(c.req.raw));
    return c.json({ data: { polls_woken: commands.accept(agentIds) }, error: 0 });
  });

  app.get(ROUTES.orders.path, async (c) => {
    await require(c, "read");
    const { orders, next } = commands.views.list(parseQuery(c.req.queries()));
    return c.json({
      orders: orders.map((order) => withClones(order, deps)),
      next_cursor: next ? `${next.requestId}-${next.orderId}` : null,
    });
  });

  app.get(ROUTES.request.path, async (c) => {
    await require(c, "read");
    const id = c.req.param("id") ?? "";
    const counts = /^\d{1,15}$/.test(id) ? commands.views.countsOf(Number(id)) : undefined;
    if (counts === undefined) throw new ApiError(404, `No request "${id}"`);
    const orders = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return c.json({ request_id: id, orders, ...counts });
  });
}

/** Nobody can say which of several machines an order was given to, or what came of it on the others. */
function withClones(
  order: Record<string, unknown>,
  { keepAlive }: CommandApiDeps,
): Record<string, unknown> {
  const { type, id } = order.target as { type: string; id: string };
  const finding = type === "agent" ? keepAlive.clones.finding(id) : undefined;
  const endedAtMs = order.finished_at === null ? Infinity : Date.parse(String(order.finished_at));
  return finding === undefined || endedAtMs < finding.since
    ? order
    : { ...order, cloned_since: new Date(finding.since).toISOString() };
}

/** An empty body is told apart before its type matters. */
async function readRequestBody(request: Request, bodies: BodyReader): Promise<string> {
  const empty = request.body === null || request.headers.get("content-length") === "0";
  return empty ? "" : await bodies.text(request);
}

/** The agents that the orders are for, each once. */
function parseNotices(body: unknown): Set<string> {
  const { data } = NOTICES.safeParse(body);
  if (data === undefined) {
    throw new ApiError(400, '"commands" is not a list of orders, each with document_id and target');
  }
  return new Set(data.commands.map(({ target }) => target.id));
}

function parseQuery(query: Record<string, string[]>): OrderQuery {
  const { status, agent, request, limit, cursor } = parseParameters(query, PARAMETERS);
  return {
    limit: parseLimit(limit),
    after: parseCursor(cursor),
    ...(status !== undefined && { status: parseStatus(status) }),
    ...(agent !== undefined && { agentId: agent.toLowerCase() }),
    ...(request !== undefined && { requestId: parseNumber("request", request) }),
  };
}

function parseStatus(text: string) {
  const status = ORDER_STATUSES.find((known) => known === text);
  if (status !== undefined) return status;
  throw new ApiError(400, `status is not one of ${ORDER_STATUSES.join(", ")}`);
}

function parseCursor(text: string | undefined): OrderKey {
  if (text === undefined) return { requestId: 0, orderId: 0 };
  const [, requestId, orderId] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (orderId === undefined) throw new ApiError(400, "cursor is not a next_cursor of an answer");
  return { requestId: Number(requestId), orderId: Number(orderId) };
}
