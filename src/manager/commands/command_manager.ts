/**
 * The command manager: its parts put together.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Command, StartAnswer } from "../../shared/protocol/wire.ts";
import type { Clock } from "../../shared/clock.ts";
import type { CommandReport } from "./command_report.ts";
import { Loop } from "../loop.ts";
import type { PollRegistry } from "./poll_registry.ts";
import { transaction } from "../../shared/sqlite/transaction.ts";
import type { Store } from "../store.ts";
import type { NewCommand } from "./command_request.ts";
import { OrderDeadlines, type OrderKeeping } from "./order_deadlines.ts";
import { OrderResults } from "./order_results.ts";
import { type Offer, OrderStream, type OrderStreamOptions } from "./order_stream.ts";
import { OrderViews } from "./order_views.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";

const log = getLogger(["manager", "commands"]);

/** What a {@linkcode CommandManager} is built with. */
interface CommandManagerOptions extends OrderStreamOptions, OrderKeeping {
  store: Store;
  clock: Clock;
  polls: PollRegistry;
}

/** Takes command requests, hands orders out, and keeps account of them. */
export class CommandManager {
  readonly views: OrderViews;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #polls: PollRegistry;
  readonly #stream: OrderStream;
  readonly #results: OrderResults;
  readonly #deadlines: OrderDeadlines;
  readonly #deadlineLoop: Loop;
  #schedulerLoop: Loop | undefined;

  constructor({ store, clock, polls, ...options }: CommandManagerOptions) {
    const { database, memberships } = store;
    this.#store = store;
    this.#clock = clock;
    this.#polls = polls;
    this.#stream = new OrderStream(database, options);
    const { prefix } = this.#stream;
    this.views = new OrderViews(database, prefix);
    this.#results = new OrderResults(database, { prefix, memberships, ...options });
    const deadlines = new OrderDeadlines(database, options);
    this.#deadlines = deadlines;
    this.#deadlineLoop = new Loop({
      clock,
      name: "do what is due of the orders",
      step: () => {
        const dueAtMs = deadlines.enforce(clock.now());
        return dueAtMs === undefined ? undefined : dueAtMs - clock.now();
      },
    });
  }

  /** Begins to hand orders on by `post`, and to keep their deadlines. */
  start(post: SchedulerOptions["post"]): void {
    const scheduler = new Scheduler({
      post,
      pendingAfter: (last, limit) => this.#stream.pendingAfter(last, limit),
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
  submit(commands: readonly NewCommand[]): string[] {
    const ids = this.#stream.create(commands, this.#clock.now());
    log.info("Command request taken: {orders} orders", { orders: ids.length });
    this.#schedulerLoop?.wake();
    this.#deadlineLoop.wake();
    return ids;
  }

  /** Ends the open polls of these agents with their orders. Returns how many there were. */
  accept(agentIds: Iterable<string>): number {
    let woken = 0;
    for (const agentId of agentIds) woken += this.#polls.wake(agentId) ? 1 : 0;
    return woken;
  }

  /** Takes what there is for an agent and writes it down as sent. */
  offer(agentId: string): Offer {
    return this.#stream.offer(agentId, this.#clock.now());
  }

  /** Applies what an agent reports. Call it inside the transaction that stores the reports. */
  applyReports(agentId: string, reports: readonly CommandReport[]): void {
    for (const report of reports) this.#results.apply(agentId, report, this.#clock.now());
  }

  /** An agent asks whether it may begin an order. */
  begin(agentId: string, documentId: string): StartAnswer {
    const answer = transaction(
      this.#store.database,
      () => this.#results.begin(agentId, documentId, this.#clock.now()),
    );
    this.#deadlineLoop.wake();
    return answer;
  }

  /** Ends the open orders of an agent that is removed. */
  agentRemoved(agentId: string): void {
    this.#giveUp(agentId, { message: "agent removed", sent: true });
  }

  /** Ends the orders of an agent that it was not sent yet, as failures with this message. */
  refuseOrders(agentId: string, message: string): void {
    this.#giveUp(agentId, { message, sent: false });
  }

  /** Says that reports have been stored. */
  reportsStored(): void {
    this.#deadlineLoop.wake();
  }

  #giveUp(agentId: string, why: { message: string; sent: boolean }): void {
    if (!this.#deadlines.giveUpAgent(agentId, { ...why, nowMs: this.#clock.now() })) return;
    log.warn("Orders of {agentId} fail: {message}", { agentId, message: why.message });
    this.#deadlineLoop.wake();
  }

  #consume(command: Command): void {
    log.info("Order {id} for server {server}: {action}", {
      id: command.document_id,
      server: command.target?.id,
      action: command.action.name,
    });
    const result = { code: 0, message: "Taken by the server" };
    const report = { documentId: command.document_id, data: { command: { result } } };
    transaction(
      this.#store.database,
      () => this.#results.apply(null, report, this.#clock.now()),
    );
    this.#deadlineLoop.wake();
  }
}
