/**
 * A person who gives orders at one manager or another, and looks at what all of them say.
 *
 * @module
 */

import type { FaultAgent } from "./agents.ts";
import type { ManagerProcess } from "./managers.ts";

const GIVE_EVERY_MS = 400;
const DONE_WITHIN_MS = 120_000;

interface Order {
  document_id: string;
  status: string;
  result: unknown;
  finished_at: string | null;
}

/** Gives orders, and finds what must not be. */
export class Operator {
  /** What must not be. */
  readonly problems: string[] = [];
  readonly #managers: readonly ManagerProcess[];
  readonly #random: () => number;
  readonly #given = new Set<string>();
  #token = "";
  #tokenAtMs = -Infinity;

  constructor(managers: readonly ManagerProcess[], random: () => number) {
    this.#managers = managers;
    this.#random = random;
  }

  /** How many orders were given. */
  get given(): number {
    return this.#given.size;
  }

  /** A token of the user. */
  async token(): Promise<string> {
    if (performance.now() - this.#tokenAtMs < 600_000) return this.#token;
    for (;;) {
      const answer = await this.#fetch("/security/user/authenticate", {
        method: "POST",
        headers: { Authorization: `Basic ${btoa("wazuh:topsecret")}` },
      });
      const body = await answer?.json().catch(() => undefined);
      if (answer?.status !== 200) continue;
      this.#token = body.data.token;
      this.#tokenAtMs = performance.now();
      return this.#token;
    }
  }

  /** Gives orders, and looks for agents that are called lost, until `signal` is aborted. */
  async watch(agents: readonly FaultAgent[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#isClosing) await this.#give(agents);
      await this.#lookForLost();
      await new Promise((resolve) => setTimeout(resolve, GIVE_EVERY_MS));
    }
  }

  #isClosing = false;

  /** Gives no more orders, and resolves when all have ended, or that takes too long. */
  async whenAllDone(): Promise<void> {
    this.#isClosing = true;
    const untilMs = performance.now() + DONE_WITHIN_MS;
    while (performance.now() < untilMs) {
      const [manager] = this.#managers;
      const orders = manager && await this.#orders(manager);
      const open = orders?.filter(({ finished_at }) => finished_at === null).length;
      if (open === 0 && orders !== undefined && orders.length >= this.#given.size) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    this.problems.push("Orders are still open two minutes after the last fault");
  }

  /** Orders that managers tell differently, or that did not end as they were carried out. */
  async differences(): Promise<string[]> {
    const all = await Promise.all(this.#managers.map((manager) => this.#orders(manager)));
    const [first = [], ...others] = all.map((orders) => orders ?? []);
    const told = new Map(
      first.map((order) => [order.document_id, JSON.stringify([order.status, order.result])]),
    );
    const missing = [...this.#given].filter((id) => !told.has(id)).map((id) =>
      `Order ${id} is not there`
    );
    const failed = first.filter(({ status }) => status !== "success")
      .map((order) =>
        `Order ${order.document_id} is ${order.status}: ${JSON.stringify(order.result)}`
      );
    const different = others.flatMap((orders) =>
      orders.filter((order) =>
        told.get(order.document_id) !== JSON.stringify([order.status, order.result])
      )
        .map(({ document_id }) => `Managers tell order ${document_id} differently`)
    );
    return [...missing, ...failed, ...different];
  }

  async #give(agents: readonly FaultAgent[]): Promise<void> {
    const agent = agents[Math.floor(this.#random() * agents.length)] as FaultAgent;
    const command = {
      source: "Users/Services",
      user: "faults",
      target: { type: "agent", id: agent.id },
      action: { name: "status", args: {}, version: "1" },
      timeout: 600,
    };
    const answer = await this.#fetch("/_plugins/_command_manager/commands", {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${await this.token()}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ commands: [command] }),
    });
    const body = await answer?.json().catch(() => undefined);
    if (answer?.status === 200) this.#given.add(body._documents[0]._id);
    else if (answer !== undefined && ![401, 503].includes(answer.status)) {
      this.problems.push(`An order was answered ${answer.status}: ${JSON.stringify(body)}`);
    }
  }

  async #lookForLost(): Promise<void> {
    const answer = await this.#fetch("/manager/agents?status=disconnected&limit=100", {
      headers: { Authorization: `Bearer ${await this.token()}` },
    });
    const body = await answer?.json().catch(() => undefined);
    if (answer?.status !== 200) return;
    for (const { id } of body.agents) this.problems.push(`Agent ${id} is called lost`);
  }

  async #orders(manager: ManagerProcess): Promise<Order[] | undefined> {
    const orders: Order[] = [];
    for (let cursor = "";;) {
      const query = `limit=500${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const answer = await this.#fetch(`/manager/orders?${query}`, {
        headers: { Authorization: `Bearer ${await this.token()}` },
      }, manager);
      const body = await answer?.json().catch(() => undefined);
      if (answer?.status !== 200) return undefined;
      orders.push(...body.orders);
      if (body.next_cursor === null) return orders;
      cursor = body.next_cursor;
    }
  }

  async #fetch(
    path: string,
    init: RequestInit,
    manager = this.#any(),
  ): Promise<Response | undefined> {
    const signal = AbortSignal.timeout(10_000);
    return await fetch(`${manager.management}${path}`, { ...init, signal }).catch(() => undefined);
  }

  #any(): ManagerProcess {
    return this.#managers[Math.floor(this.#random() * this.#managers.length)] as ManagerProcess;
  }
}
