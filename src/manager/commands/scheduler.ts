/**
 * The scheduler: takes each new order out of the stream once and hands it on.
 *
 * Orders for agents go to `POST /accept_commands`, which wakes the polls they are for; the server's
 * own go to its consumer. What is handed on is a notice: the order itself stays in the stream, from
 * where the agent's poll takes it, at once or whenever the agent comes.
 *
 * @module
 */

import type { Command } from "../../shared/protocol/wire.ts";
import type { OrderKey } from "./order.ts";

const PORTION = 500;

/** What a {@linkcode Scheduler} is built with. */
export interface SchedulerOptions {
  /** Pending orders, oldest first. */
  pendingAfter(last: OrderKey, limit: number): Command[];
  /** Posts orders to the management API; rejects when they were not accepted. */
  post(commands: readonly Command[], signal: AbortSignal): Promise<void>;
  /** Carries out an order for the server. */
  consume(command: Command): Promise<void>;
}

/** Remembers how far it has come, as long as the process lives. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  #last: OrderKey = { requestId: 0, orderId: 0 };

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Hands a portion of new orders on. Returns 0 when there may be more. */
  async step(signal: AbortSignal): Promise<0 | undefined> {
    const { pendingAfter, post, consume } = this.#options;
    const commands = pendingAfter(this.#last, PORTION);
    const last = commands.at(-1);
    if (last === undefined) return undefined;
    const forAgents = commands.filter(({ target }) => target?.type === "agent");
    if (forAgents.length > 0) await post(forAgents, signal);
    for (const command of commands) {
      if (command.target?.type === "server") await consume(command);
    }
    this.#last = { requestId: Number(last.request_id), orderId: Number(last.order_id) };
    return 0;
  }
}
