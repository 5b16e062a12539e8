/**
 * A store of the manager with many agents that are all in one group, and orders for them.
 *
 * @module
 */

import type { NewCommand } from "../../src/manager/commands/command_request.ts";
import { OrderStream } from "../../src/manager/commands/order_stream.ts";
import { DEFAULTS } from "../../src/manager/config/manager_options.ts";
import { transaction } from "../../src/shared/sqlite/transaction.ts";
import { Store } from "../../src/manager/store.ts";
import { TempFolder } from "../../tests/support/queues.ts";

const GROUP = "all";

const COMMAND: NewCommand = {
  source: "Users/Services",
  user: "Management API",
  target: { type: "group", id: GROUP },
  action: { name: "fetch-config", args: {}, version: "5.0.0" },
  timeout: 3_600,
};

/** `agents` in a database of their own, which goes away with its scope. */
export class Fleet implements Disposable {
  readonly stream: OrderStream;
  readonly #folder = new TempFolder();
  readonly #store: Store;

  constructor(agents: number) {
    const { idempotencyKeys, keepEvents, offerGraceMs } = DEFAULTS;
    this.#store = new Store({
      path: this.#folder.file("manager.db"),
      keepEvents,
      idempotencyKeys,
    });
    this.stream = new OrderStream(this.#store.database, { offerGraceMs });
    this.#enrol(agents);
  }

  /** Expands `commands` commands to all agents; gives the number of orders. */
  order(commands: number): number {
    return this.stream.create(Array.from({ length: commands }, () => COMMAND), 0).length;
  }

  /** Looks up what `agents` polls are offered, one after the other; gives the number of orders. */
  offer(agents: number, idOf: (index: number) => string): number {
    let offered = 0;
    for (let index = 0; index < agents; index++) {
      offered += this.stream.offer(idOf(index), 1).commands.length;
    }
    return offered;
  }

  /** Orders that are stored, with this status. */
  count(status: string): number {
    const count = "SELECT count(*) AS orders FROM orders WHERE status = ?";
    return Number(this.#store.database.prepare(count).get(status)?.orders);
  }

  [Symbol.dispose](): void {
    this.#store.close();
    this.#folder[Symbol.dispose]();
  }

  #enrol(agents: number): void {
    const { database, memberships } = this.#store;
    const insert = database.prepare(
      "INSERT INTO agents VALUES (?, ?, x'00', x'00', '1', '{}', 0)",
    );
    transaction(database, () => {
      for (let index = 0; index < agents; index++) {
        insert.run(agentId(index), agentId(index));
        memberships.replace(agentId(index), [GROUP]);
      }
    });
  }
}

/** Id of the agent at a position. */
export function agentId(index: number): string {
  return `01a1fbd6-506d-73a6-bc20-${String(index).padStart(12, "0")}`;
}
