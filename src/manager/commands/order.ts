/**
 * One order: what one agent is to do, and what became of it.
 *
 * `pending` → `sent` → `success` or `failure`, and never back. An order that ended keeps its
 * outcome; only one that the manager gave up (`timed_out`) may gain a `late_result` beside it.
 *
 * @module
 */

import type { Command } from "../../shared/protocol/wire.ts";

/** Where an order stands. */
export type OrderStatus = "pending" | "sent" | "success" | "failure";

/** All of them. */
export const ORDER_STATUSES: readonly OrderStatus[] = ["pending", "sent", "success", "failure"];

/** What is said of an order that was taken back before any agent was sent it. */
export const WITHDRAWN = "withdrawn";

/** The key of an order. */
export interface OrderKey {
  requestId: number;
  orderId: number;
}

/** A row of a query, as `node:sqlite` returns it. */
export type Row = Record<string, unknown>;

/** The columns that {@linkcode toCommand} and {@linkcode toDocument} read. */
export const ORDER_FIELDS =
  `o.request_id, o.order_id, o.agent_id, o.status, o.created_at, o.sent_at,
  o.finished_at, o.offers, o.due_at, o.timed_out, o.result_code, o.result_message, o.result_data,
  o.late_result, c.source, c.user, c.target_type, c.target_id, c.action_name, c.action_version,
  c.args, c.timeout_s`;

/** The command of each order `o` of a query. */
export const WITH_COMMAND =
  "JOIN order_commands AS c ON c.request_id = o.request_id AND c.number = o.command";

/** `<prefix>-<request id>-<order id>`. */
export function documentId(prefix: string, { requestId, orderId }: OrderKey): string {
  return `${prefix}-${requestId}-${orderId}`;
}

/** The key in a document id; `undefined` when it is not one of this `prefix`. */
export function parseDocumentId(prefix: string, text: string): OrderKey | undefined {
  const [, found, requestId, orderId] = /^([0-9a-f]+)-(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (found !== prefix) return undefined;
  return { requestId: Number(requestId), orderId: Number(orderId) };
}

/** An order as it goes to its agent. */
export function toCommand(prefix: string, row: Row): Command {
  return { ...head(prefix, row), status: "sent" };
}

/** The same, with how long the manager waits until it begins: the agent must not begin what was given up. */
export function toOffer(
  prefix: string,
  row: Row,
  { nowMs, graceMs }: { nowMs: number; graceMs: number },
): Command {
  const timeoutMs = numberOf(row, "timeout_s") * 1_000;
  const leftMs = row.sent_at === null ? timeoutMs : numberOf(row, "due_at") - graceMs - nowMs;
  return {
    ...toCommand(prefix, row),
    start_within: Math.max(0, leftMs) / 1_000,
    confirm_start: true,
  };
}

/** An order as people and scripts see it. */
export function toDocument(prefix: string, row: Row, archived: boolean): Record<string, unknown> {
  const late = row.late_result === null ? {} : { late_result: JSON.parse(String(row.late_result)) };
  return {
    ...head(prefix, row),
    status: row.status,
    result: resultOf(row),
    ...late,
    offers: row.offers,
    created_at: isoTime(row.created_at),
    sent_at: isoTime(row.sent_at),
    finished_at: isoTime(row.finished_at),
    deadline: row.finished_at === null ? isoTime(row.due_at) : null,
    archived,
  };
}

/** ISO 8601; `null` stays what it is. */
export function isoTime(ms: unknown): string | null {
  return ms === null ? null : new Date(Number(ms)).toISOString();
}

/** Milliseconds of a column that is never NULL. */
export function numberOf(row: Row | undefined, column: string): number {
  return Number(row?.[column]);
}

function head(prefix: string, row: Row) {
  const key = { requestId: numberOf(row, "request_id"), orderId: numberOf(row, "order_id") };
  return {
    document_id: documentId(prefix, key),
    request_id: String(key.requestId),
    order_id: String(key.orderId),
    source: String(row.source),
    user: String(row.user),
    target: row.agent_id === null
      ? { type: "server", id: String(row.target_id) }
      : { type: "agent", id: String(row.agent_id) },
    action: {
      name: String(row.action_name),
      version: String(row.action_version),
      args: JSON.parse(String(row.args)),
    },
    timeout: numberOf(row, "timeout_s"),
  };
}

function resultOf(row: Row): Record<string, unknown> | null {
  if (row.result_code === null) return null;
  const data = row.result_data === null ? null : JSON.parse(String(row.result_data));
  return { code: row.result_code, message: row.result_message, data };
}
