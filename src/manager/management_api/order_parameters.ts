/**
 * Which orders a request asks for: the parameters of `GET /manager/orders`, which the page has too.
 *
 * @module
 */

import { ORDER_STATUSES, type OrderKey } from "../commands/order.ts";
import type { OrderQuery } from "../commands/order_views.ts";
import { ApiError } from "../http/api_error.ts";
import { parseLimit, parseNumber, parseParameters } from "../http/paging.ts";

const PARAMETERS = ["status", "agent", "request", "limit", "cursor"] as const;

/** The cursor of the page that begins behind an order. */
export function cursorOf(place: OrderKey | undefined): string | undefined {
  return place && `${place.requestId}-${place.orderId}`;
}

/**
 * The query of a request.
 *
 * @param given every value of each parameter
 * @throws ApiError 400 naming the parameter that is wrong
 */
export function parseOrderQuery(given: Readonly<Record<string, readonly string[]>>): OrderQuery {
  const { status, agent, request, limit, cursor } = parseParameters(given, PARAMETERS);
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
