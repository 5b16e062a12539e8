/**
 * How fast orders are made and found: 100,000 orders for 10,000 agents are to expand in less than
 * 3 s, and one poll's look-up is to take less than 1 ms.
 *
 *     deno bench -P=test bench/orders_bench.ts
 *
 * @module
 */

import assert from "node:assert/strict";
import type { NewCommand } from "../mock_server/command_manager/command_request.ts";
import { OrderStream } from "../mock_server/command_manager/order_stream.ts";
import { transaction } from "../mock_server/store/database.ts";
import { Store } from "../mock_server/store/store.ts";

const AGENTS = 10_000;
const COMMANDS = 10;
// Each round fills a database of its own.
const BRIEF = { n: 3, warmup: 1 };

const COMMAND: NewCommand = {
  source: "Users/Services",
  user: "Management API",
  target: { type: "group", id: "all" },
  action: { name: "fetch-config", args: {}, version: "5.0.0" },
  timeout: 3_600,
};

/** A store in a temporary folder with agents that are all in one group. */
class Fleet implements Disposable {
  readonly #folder = Deno.makeTempDirSync();
  readonly store = new Store({
    path: `${this.#folder}/manager.db`,
    keepEvents: 10,
    idempotencyKeys: 10,
  });
  readonly stream = new OrderStream(this.store.database, { offerGraceMs: 5_000 });

  constructor() {
    const insert = this.store.database.prepare(
      "INSERT INTO agents VALUES (?, ?, x'00', x'00', '1', '{}', 0)",
    );
    transaction(this.store.database, () => {
      for (let index = 0; index < AGENTS; index++) {
        insert.run(agentId(index), agentId(index));
        this.store.memberships.replace(agentId(index), ["all"]);
      }
    });
  }

  expand(): number {
    return this.stream.create(Array.from({ length: COMMANDS }, () => COMMAND), 0).length;
  }

  /** Orders that are stored, with this status. */
  count(status: string): number {
    const count = "SELECT count(*) AS orders FROM orders WHERE status = ?";
    return Number(this.store.database.prepare(count).get(status)?.orders);
  }

  [Symbol.dispose](): void {
    this.store.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

function agentId(index: number): string {
  return `01a1fbd6-506d-73a6-bc20-${String(index).padStart(12, "0")}`;
}

Deno.bench("100,000 orders for 10,000 agents", BRIEF, (b) => {
  using fleet = new Fleet();
  b.start();
  const orders = fleet.expand();
  b.end();
  assert.equal(orders, AGENTS * COMMANDS);
  assert.equal(fleet.count("pending"), AGENTS * COMMANDS);
});

const LOOK_UPS = 1_000;

Deno.bench(
  `${LOOK_UPS} look-ups of polls among 100,000 orders, with nothing for them`,
  BRIEF,
  (b) => {
    using fleet = new Fleet();
    fleet.expand();
    let found = 0;
    b.start();
    for (let index = 0; index < LOOK_UPS; index++) {
      found += fleet.stream.offer(`nobody ${index}`, 1).commands.length;
    }
    b.end();
    assert.equal(found, 0);
  },
);

Deno.bench(`${LOOK_UPS} look-ups of polls, ten orders each, written as sent`, BRIEF, (b) => {
  using fleet = new Fleet();
  fleet.expand();
  let found = 0;
  b.start();
  for (let index = 0; index < LOOK_UPS; index++) {
    found += fleet.stream.offer(agentId(index), 1).commands.length;
  }
  b.end();
  assert.equal(found, LOOK_UPS * COMMANDS);
  assert.equal(fleet.count("sent"), LOOK_UPS * COMMANDS);
});
