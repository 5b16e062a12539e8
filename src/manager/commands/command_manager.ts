/**
 * The command manager: its parts put together.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Command, StartAnswer } from "../../shared/protocol/wire.ts";
import type { Clock } from "../../shared/clock.ts";
import { Loop } from "../loop.ts";
import type { Orders } from "../stores/orders.ts";
import type { NewCommand } from "./command_request.ts";
import type { Offer } from "./order_stream.ts";
import type { OrderViews } from "./order_views.ts";
import type { PollRegistry } from "./poll_registry.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";

const log = getLogger(["manager", "commands"]);

/** What a {@linkcode CommandManager} is built with. */
interface CommandManagerOptions {
  orders: Orders;
  views: OrderViews;
  clock: Clock;
  polls: PollRegistry;
}

/** Takes command requests, hands orders out, and keeps account of them. */
export class CommandManager {
  readonly views: OrderViews;
  readonly #orders: Orders;
  readonly #clock: Clock;
  readonly #polls: PollRegistry;
  readonly #deadlineLoop: Loop;
  #schedulerLoop: Loop | undefined;

  constructor({ orders, views, clock, polls }: CommandManagerOptions) {
    this.#orders = orders;
    this.views = views;
    this.#clock = clock;
    this.#polls = polls;
    this.#deadlineLoop = new Loop({
      clock,
      name: "do what is due of the orders",
      step: async () => {
        const dueAtMs = await orders.settle(clock.now());
        return dueAtMs === undefined ? undefined : dueAtMs - clock.now();
      },
    });
  }

  /** Begins to hand orders on by `post`, and to keep their deadlines. */
  start(post: SchedulerOptions["post"]): void {
    const scheduler = new Scheduler({
      post,
      pendingAfter: (last, limit) => this.#orders.pendingAfter(last, limit),
      consume: (command) => this.#consume(command),
    });
    this.#schedulerLoop = new Loop({
      clock: this.#clock,
      name: "hand new orders on",
      step: (signal) => scheduler.step(signal),
    });
    this.#schedulerLoop.start();
    this.#deadlineLoop.start();
  }

  /** Resolves when nothing works on orders in the background any more. */
  async stop(): Promise<void> {
    await Promise.all([this.#schedulerLoop?.stop(), this.#deadlineLoop.stop()]);
  }

  /**
   * Makes orders of commands, and returns their document ids.
   *
   * @throws InvalidRequest when a target matches no agent; then nothing is stored
   */
  async submit(commands: readonly NewCommand[]): Promise<string[]> {
    const ids = await this.#orders.create(commands, this.#clock.now());
    log.info("Command request taken: {orders} orders", { orders: ids.length });
    this.#schedulerLoop?.wake();
    this.#deadlineLoop.wake();
    return ids;
  }

  /** See {@linkcode Orders.createOnce}. */
  async submitOnce(command: NewCommand): Promise<number> {
    const requestId = await this.#orders.createOnce(command, this.#clock.now());
    this.#schedulerLoop?.wake();
    this.#deadlineLoop.wake();
    return requestId;
  }

  /** See {@linkcode Orders.isMade}. */
  isMade(requestId: number): boolean {
    return this.#orders.isMade(requestId, this.#clock.now());
  }

  /** Ends the open polls of these agents with their orders. Returns how many there were. */
  accept(agentIds: Iterable<string>): number {
    let woken = 0;
    for (const agentId of agentIds) woken += this.#polls.wake(agentId) ? 1 : 0;
    return woken;
  }

  /** Takes what there is for an agent and writes it down as sent. */
  offer(agentId: string): Promise<Offer> {
    return this.#orders.offer(agentId, this.#clock.now());
  }

  /** An agent asks whether it may begin an order. */
  async begin(agentId: string, documentId: string): Promise<StartAnswer> {
    const answer = await this.#orders.begin(agentId, documentId, this.#clock.now());
    this.#deadlineLoop.wake();
    return answer;
  }

  /** Ends the orders of a request that no agent was sent yet. */
  async withdraw(requestId: number): Promise<void> {
    await this.#orders.withdraw(requestId, this.#clock.now());
    this.#deadlineLoop.wake();
  }

  /** Ends the open orders of an agent that is removed. */
  async agentRemoved(agentId: string): Promise<void> {
    await this.#giveUp(agentId, { message: "agent removed", sent: true });
  }

  /** Ends the orders of an agent that it was not sent yet, as failures with this message. */
  async refuseOrders(agentId: string, message: string): Promise<void> {
    await this.#giveUp(agentId, { message, sent: false });
  }

  /** Says that reports have been stored. */
  reportsStored(): void {
    this.#deadlineLoop.wake();
  }

  async #giveUp(agentId: string, why: { message: string; sent: boolean }): Promise<void> {
    if (!await this.#orders.giveUp(agentId, { ...why, nowMs: this.#clock.now() })) return;
    log.warn("Orders of {agentId} fail: {message}", { agentId, message: why.message });
    this.#deadlineLoop.wake();
  }

  async #consume(command: Command): Promise<void> {
    log.info("Order {id} for server {server}: {action}", {
      id: command.document_id,
      server: command.target?.id,
      action: command.action.name,
    });
    const result = { code: 0, message: "Taken by the server" };
    const report = { documentId: command.document_id, data: { command: { result } } };
    await this.#orders.report(null, [report], this.#clock.now());
    this.#deadlineLoop.wake();
  }
}
