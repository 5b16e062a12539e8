/**
 * Gathers what the views of orders show.
 *
 * @module
 */

import { ORDER_STATUSES, type OrderStatus } from "../commands/order.ts";
import { ApiError } from "../http/api_error.ts";
import { parseNumber, parseParameters } from "../http/paging.ts";
import { cursorOf, parseOrderQuery } from "../management_api/order_parameters.ts";
import { shell } from "./layout.tsx";
import { OrderList } from "./order_table.tsx";
import { Orders } from "./orders.tsx";
import { type Frame, valuesOf, type ViewDeps } from "./view_deps.ts";

const REQUESTS_A_PAGE = 25;

/** What was asked for. */
export function showOrders(
  { clock, commands: { views }, store }: ViewDeps,
  given: Record<string, string>,
  frame: Frame,
) {
  const { before: text } = parseParameters(valuesOf(given), ["before"]);
  const before = text === undefined ? undefined : parseNumber("before", text);
  const found = store.views.requests.list({
    before: before ?? Number.MAX_SAFE_INTEGER,
    limit: REQUESTS_A_PAGE + 1,
  });
  const children = Orders({
    requests: found.slice(0, REQUESTS_A_PAGE),
    counts: countsBy((status) => views.count({ status })),
    before,
    hasMore: found.length > REQUESTS_A_PAGE,
    nowMs: clock.now(),
  });
  return shell({ ...frame, title: "Orders", view: "Orders", children });
}

/** Single orders. */
export function showOrderList(
  { clock, commands: { views }, store }: ViewDeps,
  given: Record<string, string>,
  frame: Frame,
) {
  const query = parseOrderQuery(valuesOf(given));
  const { orders, next } = views.list(query);
  const counts = query.requestId === undefined ? undefined : views.countsOf(query.requestId);
  if (query.requestId !== undefined && counts === undefined) {
    throw new ApiError(404, `No request "${query.requestId}"`);
  }
  const matching = views.count(query);
  const model = { parameters: given, orders, matching, next: cursorOf(next), counts };
  const nameOf = (agentId: string) => store.agents.nameOf(agentId);
  const children = OrderList({ ...model, nameOf, nowMs: clock.now() });
  return shell({ ...frame, title: "Orders", view: "Orders", children });
}

function countsBy(count: (status: OrderStatus) => number): Record<OrderStatus, number> {
  return Object.fromEntries(
    ORDER_STATUSES.map((status) => [status, count(status)]),
  ) as Record<OrderStatus, number>;
}
