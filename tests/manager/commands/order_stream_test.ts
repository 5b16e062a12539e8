import assert from "node:assert/strict";
import { OrderStream } from "../../../src/manager/commands/order_stream.ts";
import { Store } from "../../../src/manager/store.ts";
import { HOST, KEY } from "../harness.ts";

const COMMAND = {
  source: "Engine" as const,
  user: "me",
  target: { type: "agent" as const, id: "a" },
  action: { name: "restart", args: {}, version: "1" },
  timeout: 10,
};

Deno.test("OrderStream offers no order whose time is over, though nobody gave it up yet", () => {
  const store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });
  const agent = { id: "a", name: "a", key: KEY, version: "1", host: HOST, groups: [] };
  store.agents.add({ ...agent, registeredAtMs: 0 });
  const stream = new OrderStream(store.database, { offerGraceMs: 5_000 });
  stream.create([COMMAND], 0);
  assert.deepEqual(stream.offer("a", 10_000), { commands: [], againAtMs: undefined });
  const { commands } = stream.offer("a", 9_999);
  assert.equal(commands.length, 1);
  assert.deepEqual(stream.offer("a", 9_999), { commands: [], againAtMs: 14_999 });
  store.close();
});
