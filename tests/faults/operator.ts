/**
 * A person who gives orders at one manager or another, to agents and to all of them, and looks at what all managers say.
 *
 * @module
 */

import type { ManagerProcess } from "./managers.ts";
import { pause } from "./time_limits.ts";

const GIVE_EVERY_MS = 400;
const TO_ALL = 0.05;
const REQUEST_TIMEOUT_MS = 10_000;
const TOKEN_LIFE_MS = 600_000;

/** An order as a manager tells it. */
interface Order {
  document_id: string;
  status: string;
  result: unknown;
  finished_at: string | null;
}

/** Gives orders, and finds what must not be. */
export class Operator {
  /** What must not be. */
  readonly problems = new Set<string>();
  readonly #managers: readonly ManagerProcess[];
  readonly #random: () => number;
  readonly #given = new Set<string>();
  #token = "";
  #tokenAtMs = -Infinity;

  constructor(managers: readonly ManagerProcess[], random: () => number) {
    this.#managers = managers;
    this.#random = random;
  }

  /** How many orders were given and answered. */
  get given(): number {
    return this.#given.size;
  }

  /** A token of the user. @throws Error when no manager gives one */
  async token(): Promise<string> {
    if (performance.now() - this.#tokenAtMs < TOKEN_LIFE_MS) return this.#token;
    const untilMs = performance.now() + 60_000;
    while (performance.now() < untilMs) {
      const answer = await this.#ask("/security/user/authenticate", {
        method: "POST",
        headers: { Authorization: `Basic ${btoa("wazuh:topsecret")}` },
      });
      if (answer?.status === 200) {
        this.#token = answer.body.data.token;
        this.#tokenAtMs = performance.now();
        return this.#token;
      }
      await pause(500);
    }
    throw new Error("No manager lets its user log in");
  }

  /** Gives orders, and looks for agents that are called lost, until `signal` is aborted. */
  async watch(agents: readonly { id: string }[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#give(agents);
      await this.#lookForLost();
      await pause(GIVE_EVERY_MS);
    }
  }

  /** What keeps the orders from being over: at each manager, those that are open or not there. */
  async outstanding(): Promise<string[]> {
    const all = this.#managers.map(async (manager) => {
      const orders = await this.#orders(manager);
      if (orders === undefined) return [`${manager.node} does not tell its orders`];
      const known = new Set(orders.map(({ document_id }) => document_id));
      const open = orders.filter(({ finished_at }) => finished_at === null)
        .map(({ document_id, status }) => `${document_id} (${status})`);
      const missing = [...this.#given].filter((id) => !known.has(id));
      return [
        ...listed(`orders are open at ${manager.node}`, open),
        ...listed(`orders are not there at ${manager.node}`, missing),
      ];
    });
    return (await Promise.all(all)).flat();
  }

  /** Orders that managers tell differently, or that did not end as they were carried out. */
  async differences(carriedOut: ReadonlySet<string>): Promise<string[]> {
    const all = await Promise.all(this.#managers.map((manager) => this.#orders(manager)));
    const [first = [], ...others] = all.map((orders) => orders ?? []);
    const outcome = ({ status, result }: Order) => JSON.stringify([status, result]);
    const told = new Map(first.map((order) => [order.document_id, outcome(order)]));
    return [
      ...first.filter(({ status }) => status !== "success")
        .map((order) => `Order ${order.document_id} ended as ${outcome(order)}`),
      ...first.filter(({ document_id }) => !carriedOut.has(document_id))
        .map(({ document_id }) => `Order ${document_id} was not carried out`),
      ...[...carriedOut].filter((id) => !told.has(id))
        .map((id) => `Order ${id} was carried out, and no manager knows it`),
      ...others.flatMap((orders) =>
        orders.filter((order) => told.get(order.document_id) !== outcome(order))
          .map(({ document_id }) => `Managers tell order ${document_id} differently`)
      ),
    ];
  }

  async #give(agents: readonly { id: string }[]): Promise<void> {
    const agent = agents[Math.floor(this.#random() * agents.length)];
    const target = this.#random() < TO_ALL
      ? { type: "group", id: "all" }
      : { type: "agent", id: agent?.id };
    const command = {
      source: "Users/Services",
      user: "faults",
      target,
      action: { name: "status", args: {}, version: "1" },
      timeout: 600,
    };
    const answer = await this.#ask("/_plugins/_command_manager/commands", {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${await this.token()}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ commands: [command] }),
    });
    if (answer?.status === 200) {
      for (const { _id } of answer.body._documents) this.#given.add(_id);
    } else if (answer !== undefined && answer.status !== 503) {
      this.problems.add(`An order was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
  }

  async #lookForLost(): Promise<void> {
    const answer = await this.#ask("/manager/agents?status=disconnected&limit=100", {
      headers: { Authorization: `Bearer ${await this.token()}` },
    });
    if (answer?.status !== 200) return;
    for (const { id } of answer.body.agents) this.problems.add(`Agent ${id} is called lost`);
  }

  async #orders(manager: ManagerProcess): Promise<Order[] | undefined> {
    const orders: Order[] = [];
    for (let cursor = "";;) {
      const query = `limit=500${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const headers = { Authorization: `Bearer ${await this.token()}` };
      const answer = await this.#ask(`/manager/orders?${query}`, { headers }, manager);
      if (answer?.status !== 200) return undefined;
      orders.push(...answer.body.orders);
      if (answer.body.next_cursor === null) return orders;
      cursor = answer.body.next_cursor;
    }
  }

  async #ask(
    path: string,
    init: RequestInit,
    manager = this.#any(),
  ): Promise<{ status: number; body: Awaited<ReturnType<Response["json"]>> } | undefined> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      const answer = await fetch(`${manager.management}${path}`, { ...init, signal });
      return { status: answer.status, body: await answer.json() };
    } catch {
      return undefined;
    }
  }

  #any(): ManagerProcess {
    return this.#managers[Math.floor(this.#random() * this.#managers.length)] as ManagerProcess;
  }
}

function listed(what: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  return [`${ids.length} ${what}: ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? " …" : ""}`];
}
