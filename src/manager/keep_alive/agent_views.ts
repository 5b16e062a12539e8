/**
 * Agents as people and scripts look at them: lists, page by page, and counts.
 *
 * @module
 */

import type { SQLInputValue } from "node:sqlite";
import type { Store } from "../store.ts";
import {
  ADDRESS,
  type AgentFilter,
  type AgentOrder,
  AGENTS_WITH_STATE,
  conditionOf,
  SORT_KEYS,
} from "./agent_query.ts";
import { type AgentSlots, NEVER } from "./agent_slots.ts";
import { type AgentState, STATE_NUMBERS } from "./announcement.ts";
import type { CloneSignal } from "./clone_signals.ts";
import type { CloneWatch } from "./clone_watch.ts";
import type { MonitorClock } from "./monitor_clock.ts";

/** Which page of which agents is asked for. */
export interface AgentQuery extends AgentFilter {
  /** @default "id" */
  order?: AgentOrder;
  /** How many at most. */
  limit: number;
  /** `next` of the page before; empty for the first page. */
  after: string;
}

/** An agent as `GET /manager/agents` shows it. Times are ISO 8601. */
export interface AgentDocument {
  id: string;
  name: string;
  version: string;
  groups: string[];
  /** Where it was heard from last, else what its registration says; `null` for neither. */
  ip: string | null;
  status: AgentState;
  /** The number that stands for the status on NATS. */
  status_number: number;
  since: string;
  /** `null` when it was never heard of. */
  last_sign_of_life: string | null;
  /** Since when several machines use its id at once; `null` when one does. */
  cloned_since: string | null;
  /** What gave them away; empty when one does. */
  cloned_signals: readonly CloneSignal[];
  /** Keep-alives missed in a row. */
  missed_keep_alives: number;
  registered_at: string;
}

/** A page of agents. */
interface AgentPage {
  agents: AgentDocument[];
  /** Where the page after it begins, when there are more: in the order by id the last id of the page. */
  next: string | undefined;
}

/** How many agents have something in common, such as their version. */
export interface AgentShare {
  name: string;
  agents: number;
}

/** What the views need beside the store. */
interface AgentViewDeps {
  slots: AgentSlots;
  clones: Pick<CloneWatch, "finding" | "all">;
  clock: MonitorClock;
  /** Brings the states in the store up to date, as far as it can be written. */
  refresh(): void;
}

type Row = Record<string, unknown>;

const COLUMNS = `s.agent_id AS id, a.name, a.version, a.registered_at, s.state, s.since,
  s.last_sign_at, ${ADDRESS} AS ip`;

/** Reads agents. */
export class AgentViews {
  readonly #store: Store;
  readonly #deps: AgentViewDeps;

  constructor(store: Store, deps: AgentViewDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /**
   * A page of the agents that match. Pages go by what agents are sorted by: an agent that is registered meanwhile moves no other one
   * to another page.
   */
  list(query: AgentQuery): AgentPage {
    this.#deps.refresh();
    const rows = this.#select({ ...query, limit: query.limit + 1 });
    const shown = rows.slice(0, query.limit);
    const agents = shown.map((row) => this.#toDocument(row));
    return { agents, next: rows.length > query.limit ? placeOf(shown.at(-1)) : undefined };
  }

  /** One agent. */
  find(id: string): AgentDocument | undefined {
    this.#deps.refresh();
    const row = this.#store.database.prepare(
      `SELECT ${COLUMNS} FROM ${AGENTS_WITH_STATE} WHERE s.agent_id = ?`,
    ).get(id);
    return row && this.#toDocument(row);
  }

  /** How many agents are in each state. */
  counts(): Record<AgentState, number> {
    this.#deps.refresh();
    return this.#store.agentStates.counts();
  }

  /** How many agents match. */
  count(filter: AgentFilter): number {
    this.#deps.refresh();
    const { sql, values } = conditionOf(filter, () => this.#deps.clones.all());
    // Each agent has a state: joining them for nothing would take most of the time.
    const isOfStates = filter.version === undefined && filter.text === undefined;
    const tables = isOfStates ? "agent_states AS s" : AGENTS_WITH_STATE;
    const row = this.#store.database.prepare(
      `SELECT count(*) AS agents FROM ${tables} WHERE ${sql}`,
    ).get(...values);
    return Number(row?.agents);
  }

  /** How many agents have which version, the most first. */
  versions(): AgentShare[] {
    return this.#shares("SELECT version AS name, count(*) AS agents FROM agents GROUP BY version");
  }

  /** How many agents are in which group, the most first. */
  groups(): AgentShare[] {
    return this.#shares(
      "SELECT group_name AS name, count(*) AS agents FROM memberships GROUP BY group_name",
    );
  }

  #shares(select: string): AgentShare[] {
    return this.#store.database.prepare(`${select} ORDER BY agents DESC, name`).all()
      .map(({ name, agents }) => ({ name: String(name), agents: Number(agents) }));
  }

  #select({ order = "id", limit, after, ...filter }: AgentQuery): Row[] {
    const { sql, values } = conditionOf(filter, () => this.#deps.clones.all());
    const key = SORT_KEYS[order];
    const from = behind(order, after);
    return this.#store.database.prepare(
      `SELECT ${COLUMNS}, ${key} AS sort_key FROM ${AGENTS_WITH_STATE}
       WHERE ${sql} AND ${from.sql}
       ORDER BY ${order === "id" ? "" : `${key}, `}s.agent_id LIMIT ?`,
    ).all(...values, ...from.values, limit);
  }

  #toDocument(row: Row): AgentDocument {
    const id = String(row.id);
    const status = row.state as AgentState;
    const { slots } = this.#deps;
    const slot = slots.find(id);
    const cloned = this.#deps.clones.finding(id);
    const address = (slot === undefined ? row.ip : slots.address(slot)) || null;
    return {
      id,
      name: String(row.name),
      version: String(row.version),
      groups: this.#store.memberships.groupsOf(id),
      ip: address === null ? null : String(address),
      status,
      status_number: STATE_NUMBERS[status],
      since: isoTime(row.since),
      last_sign_of_life: this.#lastSign(slot) ?? isoTimeIfAny(row.last_sign_at),
      cloned_since: isoTimeIfAny(cloned?.since ?? null),
      cloned_signals: cloned?.signals ?? [],
      missed_keep_alives: slot === undefined ? 0 : slots.missed(slot),
      registered_at: isoTime(row.registered_at),
    };
  }

  /** The store may lag behind. */
  #lastSign(slot: number | undefined): string | undefined {
    const heardAtMs = slot === undefined ? NEVER : this.#deps.slots.heardAtMs(slot);
    return heardAtMs === NEVER ? undefined : isoTime(this.#deps.clock.toWall(heardAtMs));
  }
}

/** In the order by id the place is an id; otherwise what is sorted by stands before it, with a slash between. */
function placeOf(row: Row | undefined): string | undefined {
  if (row === undefined) return undefined;
  return row.sort_key === "" ? String(row.id) : `${row.sort_key}/${row.id}`;
}

/** The condition of what comes after the place `text`. */
function behind(order: AgentOrder, text: string): { sql: string; values: SQLInputValue[] } {
  if (order === "id" || text === "") return { sql: "s.agent_id > ?", values: [text] };
  const slash = text.lastIndexOf("/");
  const [key, id] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  const value = order === "contact" ? Number(key) || 0 : key;
  return { sql: `(${SORT_KEYS[order]}, s.agent_id) > (?, ?)`, values: [value, id] };
}

function isoTimeIfAny(ms: unknown): string | null {
  return ms === null ? null : isoTime(ms);
}

function isoTime(ms: unknown): string {
  return new Date(Number(ms)).toISOString();
}
