/**
 * Orders of one manager: in its database.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Command, StartAnswer } from "../../../shared/protocol/wire.ts";
import { transaction } from "../../../shared/sqlite/transaction.ts";
import type { Memberships } from "../../agents/memberships.ts";
import type { CommandReport } from "../../commands/command_report.ts";
import type { NewCommand } from "../../commands/command_request.ts";
import type { OrderKey } from "../../commands/order.ts";
import { OrderDeadlines, type OrderKeeping } from "../../commands/order_deadlines.ts";
import { OrderResults } from "../../commands/order_results.ts";
import { RequestOutcomes } from "../../commands/request_outcomes.ts";
import { type Offer, OrderStream, type OrderStreamOptions } from "../../commands/order_stream.ts";
import type { Orders } from "../orders.ts";

/** What {@linkcode SqliteOrders} is built with. */
export interface SqliteOrdersOptions extends OrderStreamOptions, OrderKeeping {
  database: DatabaseSync;
  memberships: Memberships;
}

/** The orders in a database. What each method does is one transaction. */
export class SqliteOrders implements Orders {
  readonly #database: DatabaseSync;
  readonly #stream: OrderStream;
  readonly #results: OrderResults;
  readonly #deadlines: OrderDeadlines;
  readonly #outcomes: RequestOutcomes;

  constructor({ database, memberships, ...options }: SqliteOrdersOptions) {
    this.#database = database;
    this.#stream = new OrderStream(database, options);
    const { prefix } = this.#stream;
    this.#results = new OrderResults(database, { prefix, memberships, ...options });
    this.#deadlines = new OrderDeadlines(database, options);
    this.#outcomes = new RequestOutcomes(database);
  }

  /** See {@linkcode OrderStream.prefix}. */
  get prefix(): string {
    return this.#stream.prefix;
  }

  // deno-lint-ignore require-await
  async create(commands: readonly NewCommand[], nowMs: number): Promise<string[]> {
    return this.#stream.create(commands, nowMs);
  }

  // deno-lint-ignore require-await
  async createOnce(command: NewCommand, nowMs: number): Promise<number> {
    return this.#outcomes.requestOf(command.target.id) ??
      requestIn(this.#stream.create([command], nowMs));
  }

  isMade(_requestId: number, _nowMs: number): boolean {
    return true;
  }

  // deno-lint-ignore require-await
  async offer(agentId: string, nowMs: number): Promise<Offer> {
    return this.#stream.offer(agentId, nowMs);
  }

  // deno-lint-ignore require-await
  async begin(agentId: string, documentId: string, nowMs: number): Promise<StartAnswer> {
    return transaction(
      this.#database,
      () => this.#results.begin(agentId, documentId, nowMs),
    );
  }

  // deno-lint-ignore require-await
  async report(
    agentId: string | null,
    reports: readonly CommandReport[],
    nowMs: number,
  ): Promise<void> {
    transaction(this.#database, () => this.apply(agentId, reports, nowMs));
  }

  /** {@linkcode report} inside a transaction of somebody else. */
  apply(agentId: string | null, reports: readonly CommandReport[], nowMs: number): void {
    for (const report of reports) this.#results.apply(agentId, report, nowMs);
  }

  // deno-lint-ignore require-await
  async giveUp(
    agentId: string,
    why: { message: string; sent: boolean; nowMs: number },
  ): Promise<boolean> {
    return this.#deadlines.giveUpAgent(agentId, why);
  }

  // deno-lint-ignore require-await
  async withdraw(requestId: number, nowMs: number): Promise<void> {
    this.#deadlines.withdraw(requestId, nowMs);
  }

  pendingAfter(last: OrderKey, limit: number): Command[] {
    return this.#stream.pendingAfter(last, limit);
  }

  // deno-lint-ignore require-await
  async settle(nowMs: number): Promise<number | undefined> {
    return this.#deadlines.enforce(nowMs);
  }
}

function requestIn([documentId = ""]: readonly string[]): number {
  return Number(documentId.split("-")[1]);
}
