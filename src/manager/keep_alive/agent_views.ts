/**
 * Agents as people and scripts look at them: lists, page by page, and counts.
 *
 * @module
 */

import type { SQLInputValue } from "node:sqlite";
import type { Store } from "../store.ts";
import { type AgentSlots, NEVER } from "./agent_slots.ts";
import { type AgentState, STATE_NUMBERS } from "./announcement.ts";
import type { CloneSignal } from "./clone_signals.ts";
import type { CloneWatch } from "./clone_watch.ts";
import type { MonitorClock } from "./monitor_clock.ts";

/** Which agents are asked for. */
export interface AgentQuery {
  status?: AgentState;
  group?: string;
  /** Only those that several machines use, or only the others. */
  cloned?: boolean;
  /** How many at most. */
  limit: number;
  /** Only agents whose id is behind this one; empty for the first page. */
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

/** A page of agents, by id. */
interface AgentPage {
  agents: AgentDocument[];
  /** The last id of the page when there are more after it. */
  next: string | undefined;
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

/** Reads agents. */
export class AgentViews {
  readonly #store: Store;
  readonly #deps: AgentViewDeps;

  constructor(store: Store, deps: AgentViewDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /**
   * A page of the agents that match. Pages go by id: an agent that is registered meanwhile moves no
   * other one to another page.
   */
  list(query: AgentQuery): AgentPage {
    this.#deps.refresh();
    const rows = this.#select({ ...query, limit: query.limit + 1 });
    const agents = rows.slice(0, query.limit).map((row) => this.#toDocument(row));
    return { agents, next: rows.length > query.limit ? agents.at(-1)?.id : undefined };
  }

  /** How many agents are in each state. */
  counts(): Record<AgentState, number> {
    this.#deps.refresh();
    return this.#store.agentStates.counts();
  }

  #select({ status, group, cloned, limit, after }: AgentQuery): Row[] {
    const conditions = ["s.agent_id > ?"];
    const values: SQLInputValue[] = [after];
    const require = (condition: string, value: string | undefined) => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    require("s.state = ?", status);
    require(
      "EXISTS (SELECT 1 FROM memberships AS m WHERE m.agent_id = s.agent_id AND m.group_name = ?)",
      group,
    );
    if (cloned !== undefined) {
      conditions.push(
        `s.agent_id ${cloned ? "" : "NOT "}IN (SELECT value FROM json_each(?))`,
      );
      values.push(JSON.stringify(this.#deps.clones.all()));
    }
    return this.#store.database.prepare(
      `SELECT s.agent_id AS id, a.name, a.version, a.registered_at, s.state, s.since,
         s.last_sign_at, coalesce(nullif(s.address, ''), a.host ->> '$.ip[0]') AS ip
       FROM agent_states AS s JOIN agents AS a ON a.id = s.agent_id
       WHERE ${conditions.join(" AND ")} ORDER BY s.agent_id LIMIT ?`,
    ).all(...values, limit);
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

function isoTimeIfAny(ms: unknown): string | null {
  return ms === null ? null : isoTime(ms);
}

function isoTime(ms: unknown): string {
  return new Date(Number(ms)).toISOString();
}
