/**
 * Orders to agents while everything else goes wrong: no fault, but work that must be done once.
 *
 * @module
 */

import type { OrderDesk, OrderView } from "../../../support/order_desk.ts";
import type { ManagerSide } from "../manager_side.ts";
import { type Fault, oneOf, type Strike } from "./fault.ts";

const TIMEOUT_S = 30;
/** An order that nobody could carry out has failed by then. */
const ENDED_WITHIN_MS = 90_000;
const LOOK_INTERVAL_MS = 500;

/** Sends orders and remembers the scripts that it asked for, by the agent's name. */
export class Orders {
  readonly #scripts = new Map<string, Set<string>>();
  readonly #documents: string[] = [];
  #open: readonly OrderView[] = [];
  #sent = 0;

  /** The kinds of orders, to be struck like faults. */
  readonly faults: readonly Fault[] = [
    { name: "order_script", weight: 4, strike: (strike) => this.#runScript(strike) },
    { name: "order_restart", weight: 1, strike: (strike) => this.#send(strike, "restart", {}) },
    { name: "order_group", weight: 2, strike: (strike) => this.#setGroup(strike) },
    { name: "order_status", weight: 1, strike: (strike) => this.#send(strike, "status", {}) },
  ];

  /** Waits until every order that the manager took has ended, one way or the other. */
  async ended(manager: ManagerSide): Promise<void> {
    using desk = await manager.openDesk();
    const end = performance.now() + ENDED_WITHIN_MS;
    const look = async () => {
      const orders = await desk.orders(this.#documents);
      this.#open = orders.filter(({ status }) => status === "pending" || status === "sent");
    };
    for (await look(); this.#open.length > 0 && performance.now() < end; await look()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    }
  }

  /** Orders that had not ended when {@linkcode Orders.ended} gave up. */
  get unanswered(): string[] {
    return this.#open.map(({ action, status, target }) =>
      `order "${action.name}" for ${target.id} stayed ${status}`
    );
  }

  /** What is wrong with the runs of an agent's script: never more than one for an order. */
  problems(agentName: string, runs: readonly string[]): string[] {
    const asked = this.#scripts.get(agentName) ?? new Set();
    return runs.flatMap((order, index) => {
      if (!asked.has(order)) return [`script run that nobody asked for: ${order}`];
      return runs.indexOf(order) < index ? [`script run twice: ${order}`] : [];
    });
  }

  #runScript(strike: Strike): Promise<void> {
    const order = `order-${++this.#sent}`;
    const asked = this.#scripts.get(strike.agent.name) ?? new Set();
    this.#scripts.set(strike.agent.name, asked.add(order));
    return this.#send(strike, "run-script", { name: "count", arguments: [order] });
  }

  async #setGroup(strike: Strike): Promise<void> {
    const group = oneOf(strike.random, ["web", "db"]);
    await this.#at(
      strike,
      (desk) => desk.putFile(`${group}.yml`, `logcollector: { read_interval: 300ms }\n`),
    );
    await this.#send(strike, "set-group", { groups: [group] });
  }

  async #send(strike: Strike, name: string, args: object): Promise<void> {
    const target = { type: "agent", id: strike.agent.id } as const;
    await this.#at(strike, async (desk) => {
      this.#documents.push(...await desk.send(target, { name, args }, TIMEOUT_S));
    });
  }

  /** A manager that has just been killed takes no order; that is nobody's loss. */
  async #at(
    { manager }: Strike,
    act: (desk: OrderDesk) => Promise<unknown>,
  ): Promise<void> {
    try {
      using desk = await manager.openDesk();
      await act(desk);
    } catch {
      return;
    }
  }
}
