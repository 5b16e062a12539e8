/**
 * Which agents are asked for, and in which order, as conditions of a query.
 *
 * @module
 */

import type { SQLInputValue } from "node:sqlite";
import type { AgentState } from "./announcement.ts";

/** Which agents are asked for: all that every member that is given says. */
export interface AgentFilter {
  status?: AgentState;
  group?: string;
  version?: string;
  /** Only those that several machines use, or only the others. */
  cloned?: boolean;
  /** In the name, the id or the address, in whatever case. */
  text?: string;
  /** Heard of once, but not since then, in milliseconds since 1970; those that live never are. */
  silentSinceMs?: number;
}

/**
 * - `id`: by id.
 * - `name`: by name.
 * - `contact`: those that are not there first, the longest silence before the others; one that never came is silent since its
 *   registration. Those that live follow by id: when they were heard of is not written down each time.
 */
export type AgentOrder = "id" | "name" | "contact";

/** All of them. */
export const AGENT_ORDERS: readonly AgentOrder[] = ["id", "name", "contact"];

/** The tables that {@linkcode conditionOf} and {@linkcode SORT_KEYS} speak of. */
export const AGENTS_WITH_STATE = "agent_states AS s JOIN agents AS a ON a.id = s.agent_id";

/** Where an agent was heard of from last, or says it is. */
export const ADDRESS = "coalesce(nullif(s.address, ''), a.host ->> '$.ip[0]')";

const LIVES = "s.state IN ('active', 'pending')";
/** Later than any time that there is. */
const LATEST_MS = 9e15;

/** What agents are sorted by, before their ids. */
export const SORT_KEYS = {
  id: "''",
  name: "a.name",
  contact: `iif(${LIVES}, ${LATEST_MS}, coalesce(s.last_sign_at, s.since))`,
} as const satisfies Record<AgentOrder, string>;

/** A part of a WHERE clause. */
interface Condition {
  sql: string;
  values: SQLInputValue[];
}

/** The condition of a filter; `cloned` are the ids that several machines use. */
export function conditionOf(filter: AgentFilter, cloned: () => readonly string[]): Condition {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const require = (sql: string, ...given: SQLInputValue[]) => {
    parts.push(sql);
    values.push(...given);
  };
  const { status, group, version, text, silentSinceMs } = filter;
  if (status !== undefined) require("s.state = ?", status);
  if (group !== undefined) {
    require(
      "EXISTS (SELECT 1 FROM memberships AS m WHERE m.agent_id = s.agent_id AND m.group_name = ?)",
      group,
    );
  }
  if (version !== undefined) require("a.version = ?", version);
  if (silentSinceMs !== undefined) require(`NOT ${LIVES} AND s.last_sign_at < ?`, silentSinceMs);
  if (text !== undefined) {
    require(
      `instr(lower(a.name || char(10) || a.id || char(10) || coalesce(${ADDRESS}, '')), ?) > 0`,
      text.toLowerCase(),
    );
  }
  if (filter.cloned !== undefined) {
    const not = filter.cloned ? "" : "NOT ";
    require(`s.agent_id ${not}IN (SELECT value FROM json_each(?))`, JSON.stringify(cloned()));
  }
  return { sql: parts.length === 0 ? "TRUE" : parts.join(" AND "), values };
}
