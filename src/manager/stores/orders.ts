/**
 * Where orders are kept, and how they go on. Times are milliseconds since 1970.
 *
 * @module
 */

import type { Command, StartAnswer } from "../../shared/protocol/wire.ts";
import type { CommandReport } from "../commands/command_report.ts";
import type { NewCommand } from "../commands/command_request.ts";
import type { OrderKey } from "../commands/order.ts";
import type { Offer } from "../commands/order_stream.ts";

/** Keeps orders. Each ends once. */
export interface Orders {
  /**
   * Makes the orders of one request, all or none, and returns their document ids.
   *
   * @throws InvalidRequest when a target matches no agent, or the orders are too many
   */
  create(commands: readonly NewCommand[], nowMs: number): Promise<string[]>;
  /**
   * Makes the orders of a command whose target is a list of agents, once for each name of such a list: whoever asks again, at
   * whichever manager, changes nothing. Agents that there are not get none. Returns the id of the request.
   *
   * @throws InvalidRequest when there is none of the agents
   */
  createOnce(command: NewCommand, nowMs: number): Promise<number>;
  /** Whether all orders of a request can be seen here. */
  isMade(requestId: number, nowMs: number): boolean;
  /** Takes what there is for an agent, oldest first, and writes it down as sent. */
  offer(agentId: string, nowMs: number): Promise<Offer>;
  /** An agent asks whether it may begin an order. Asked again, the answer is the same. */
  begin(agentId: string, documentId: string, nowMs: number): Promise<StartAnswer>;
  /** Applies what an agent (`null`: the server itself) says became of its orders. Said again, nothing changes. */
  report(agentId: string | null, reports: readonly CommandReport[], nowMs: number): Promise<void>;
  /** Fails the open orders of an agent, those that it was sent too when `sent` is true. Returns whether there were any. */
  giveUp(agentId: string, why: { message: string; sent: boolean; nowMs: number }): Promise<boolean>;
  /** Ends the orders of a request that no agent was sent yet: they say that they were withdrawn. */
  withdraw(requestId: number, nowMs: number): Promise<void>;
  /** Pending orders of agents and servers alike, oldest first. */
  pendingAfter(last: OrderKey, limit: number): Command[];
  /** Does a portion of what is due: gives up, archives, removes. Returns when the next is due, or `undefined` for nothing. */
  settle(nowMs: number): Promise<number | undefined>;
}
