/**
 * The command manager's routes of the management API.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import * as z from "zod";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import { ROUTES } from "../http/routes.ts";
import type { Connection } from "../http/connection.ts";
import type { Access, Right } from "./access.ts";
import { cursorOf, parseOrderQuery } from "./order_parameters.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import { parseCommands } from "../commands/command_request.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";

const INDEX = "orders";

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
    const { orders, next } = commands.views.list(parseOrderQuery(c.req.queries()));
    return c.json({
      orders: orders.map((order) => withClones(order, deps)),
      next_cursor: cursorOf(next) ?? null,
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
