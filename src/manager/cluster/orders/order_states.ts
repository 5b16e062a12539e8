/**
 * An order as it lies on the cluster, and how it changes. Each function makes another one; which of two changes counts is decided by
 * compare-and-set on the document that the order is in. They do what the statements of `commands/` do to the rows of one manager.
 *
 * @module
 */

import { isoTime, type OrderKey } from "../../commands/order.ts";
import { TIMED_OUT } from "../../commands/order_deadlines.ts";
import { IN_PROGRESS, type Result } from "../../commands/order_results.ts";

/** An order: the columns of its row, and its timeout. Times are milliseconds since 1970. */
export interface OrderState {
  request_id: number;
  order_id: number;
  /** Which command of its request it is of. */
  command: number;
  /** `null` for the server itself. */
  agent_id: string | null;
  status: "pending" | "sent" | "success" | "failure";
  created_at: number;
  sent_at: number | null;
  finished_at: number | null;
  offers: number;
  /** When it may be offered next. */
  offer_at: number | null;
  /** When the manager has to do something about it. */
  due_at: number;
  timed_out: 0 | 1;
  result_code: number | null;
  result_message: string | null;
  result_data: string | null;
  late_result: string | null;
  timeout_s: number;
}

/** All orders of one agent that have not left for the stream of those that are done. */
export interface OpenOrders {
  orders: readonly OrderState[];
}

/** How long things take, in milliseconds. */
export interface OrderTimes {
  nowMs: number;
  graceMs: number;
  archiveMs: number;
}

/** An order that nobody was sent yet. */
export function newOrder(
  order: Pick<OrderState, "request_id" | "order_id" | "command" | "agent_id" | "timeout_s">,
  nowMs: number,
): OrderState {
  return {
    ...order,
    status: "pending",
    created_at: nowMs,
    sent_at: null,
    finished_at: null,
    offers: 0,
    offer_at: order.agent_id === null ? null : nowMs,
    due_at: nowMs + order.timeout_s * 1_000,
    timed_out: 0,
    result_code: null,
    result_message: null,
    result_data: null,
    late_result: null,
  };
}

/** Whether it may be put in an answer now. */
export function isOfferable({ offer_at, due_at }: OrderState, nowMs: number): boolean {
  return offer_at !== null && offer_at <= nowMs && due_at > nowMs;
}

/** Whether two are the same order. */
export function isSame(one: OrderState, { requestId, orderId }: OrderKey): boolean {
  return one.request_id === requestId && one.order_id === orderId;
}

/** It was put in an answer. */
export function offered(order: OrderState, { nowMs, graceMs }: OrderTimes): OrderState {
  const dueAtFirst = nowMs + order.timeout_s * 1_000 + graceMs;
  return {
    ...order,
    status: "sent",
    offers: order.offers + 1,
    offer_at: nowMs + graceMs,
    due_at: order.sent_at === null ? dueAtFirst : order.due_at,
    sent_at: order.sent_at ?? nowMs,
  };
}

/** Its agent says something of it that is not final: from the first word on it has its whole timeout. */
export function progressed(order: OrderState, result: Result, times: OrderTimes): OrderState {
  const { nowMs, graceMs } = times;
  const dueAtMs = Math.max(order.due_at, nowMs + order.timeout_s * 1_000 + graceMs);
  return {
    ...order,
    status: "sent",
    offer_at: null,
    sent_at: order.sent_at ?? nowMs,
    due_at: order.result_code === IN_PROGRESS ? order.due_at : dueAtMs,
    ...columnsOf(result),
  };
}

/** It has ended by what its agent says. */
export function finished(order: OrderState, result: Result, times: OrderTimes): OrderState {
  const status = result.code === 0 ? "success" : "failure";
  const sent_at = order.sent_at ?? times.nowMs;
  return { ...ended(order, times), status, sent_at, ...columnsOf(result) };
}

/** The manager has ended it. */
export function failed(order: OrderState, message: string, times: OrderTimes): OrderState {
  return { ...ended(order, times), status: "failure", ...columnsOf({ code: 1, message }) };
}

/** Its time is over. */
export function givenUp(order: OrderState, times: OrderTimes): OrderState {
  const message = order.status === "pending" ? "not delivered in time" : "no result";
  const result = columnsOf({ code: TIMED_OUT, message });
  return { ...ended(order, times), status: "failure", timed_out: 1, ...result };
}

/** Its first result came after it had been given up. */
export function withLateResult(order: OrderState, result: Result, nowMs: number): OrderState {
  const { code, message = null, data = null } = result;
  const late_result = JSON.stringify({ code, message, data, received_at: isoTime(nowMs) });
  return { ...order, late_result };
}

function ended(order: OrderState, { nowMs, archiveMs }: OrderTimes): OrderState {
  return { ...order, offer_at: null, finished_at: nowMs, due_at: nowMs + archiveMs };
}

function columnsOf({ code, message, data }: Result) {
  const result_data = data === undefined || data === null ? null : JSON.stringify(data);
  return { result_code: code, result_message: message ?? null, result_data };
}

/** Oldest first. */
export function byAge(one: OrderState, other: OrderState): number {
  return one.request_id - other.request_id || one.order_id - other.order_id;
}
