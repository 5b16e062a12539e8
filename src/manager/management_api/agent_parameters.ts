/**
 * Which agents a request asks for: the parameters of `GET /manager/agents`, which the page has too.
 *
 * @module
 */

import { validate } from "uuid";
import { ApiError } from "../http/api_error.ts";
import { parseLimit, parseNumber, parseParameters } from "../http/paging.ts";
import { AGENT_ORDERS, type AgentOrder } from "../keep_alive/agent_query.ts";
import type { AgentQuery } from "../keep_alive/agent_views.ts";
import { AGENT_STATES } from "../keep_alive/announcement.ts";

const PARAMETERS = [
  "status",
  "group",
  "version",
  "text",
  "cloned",
  "silent_days",
  "order",
  "limit",
  "cursor",
] as const;

const MAX_TEXT = 256;
const MAX_DAYS = 36_500;
const DAY_MS = 86_400_000;

/**
 * The query of a request.
 *
 * @param given every value of each parameter
 * @throws ApiError 400 naming the parameter that is wrong
 */
export function parseAgentQuery(
  given: Readonly<Record<string, readonly string[]>>,
  nowMs: number,
): AgentQuery {
  const { status, group, version, text, cloned, silent_days, order = "id", limit, cursor } =
    parseParameters(given, PARAMETERS);
  const sorted = oneOf("order", order, AGENT_ORDERS);
  return {
    order: sorted,
    limit: parseLimit(limit),
    after: parseCursor(cursor, sorted),
    ...(status !== undefined && { status: oneOf("status", status, AGENT_STATES) }),
    ...(group !== undefined && { group: parseText("group", group) }),
    ...(version !== undefined && { version: parseText("version", version) }),
    ...(text !== undefined && { text: parseText("text", text) }),
    ...(cloned !== undefined && { cloned: parseBoolean("cloned", cloned) }),
    ...(silent_days !== undefined && { silentSinceMs: nowMs - parseDays(silent_days) * DAY_MS }),
  };
}

function oneOf<Value extends string>(name: string, text: string, known: readonly Value[]): Value {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new ApiError(400, `${name} is not one of ${known.join(", ")}`);
}

function parseBoolean(name: string, text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new ApiError(400, `${name} is not true or false`);
}

function parseText(name: string, text: string): string {
  if (text !== "" && text.length <= MAX_TEXT) return text;
  throw new ApiError(400, `${name} is not 1 to ${MAX_TEXT} characters long`);
}

function parseDays(text: string): number {
  const days = parseNumber("silent_days", text);
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw new ApiError(400, `silent_days is not from 1 to ${MAX_DAYS}`);
}

function parseCursor(text: string | undefined, order: AgentOrder): string {
  if (text === undefined) return "";
  // Agents are compared by their ids as texts, which are in lower case.
  const id = order === "id" ? text : text.slice(text.lastIndexOf("/") + 1);
  const isWhole = order === "id" || text.length > id.length;
  if (isWhole && validate(id) && id === id.toLowerCase()) return text;
  throw new ApiError(400, "cursor is not a next_cursor of an answer");
}
