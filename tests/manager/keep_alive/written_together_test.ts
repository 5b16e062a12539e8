import assert from "node:assert/strict";
import { KeepAlive } from "../../../src/manager/keep_alive/keep_alive.ts";
import type { Announcer, Participant } from "../../../src/manager/keep_alive/announcement.ts";
import { PollRegistry } from "../../../src/manager/commands/poll_registry.ts";
import { Store } from "../../../src/manager/store.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const LIMITS = { intervalMs: 1_000, timeoutMs: 3_000, maxMissed: 3, retryIntervalMs: 500 };
const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";

Deno.test("a change is written down in the transaction that stores its announcement", () => {
  using folder = new DisposableStack();
  const store = folder.adopt(
    new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 }),
    (opened) => opened.close(),
  );
  store.database.prepare("INSERT INTO agents VALUES (?, 'a', x'00', x'00', '1', '{}', 0)")
    .run(AGENT);
  store.agentStates.add(AGENT, 0);
  const state = () => store.agentStates.find(AGENT)?.state;
  let participant: Participant | undefined;
  const announced: string[] = [];
  let canStore = false;
  const announcer: Announcer = {
    keepAliveSent() {},
    statusChanged: ({ current }) => announced.push(current),
    storeWith: (given) => participant = given,
    store: () => canStore,
  };
  const clock = new FakeClock();
  const polls = new PollRegistry({ clock, timeoutMs: 30_000 });
  const keepAlive = new KeepAlive({
    limits: LIMITS,
    enabled: true,
    store,
    clock,
    polls,
    announcer,
  });
  keepAlive.heard(AGENT, "login", undefined);
  assert.deepEqual(announced, ["pending"]);
  assert.equal(state(), "never_connected");
  keepAlive.settle();
  assert.equal(state(), "never_connected", "what cannot be announced is not written down");

  store.database.exec("BEGIN");
  participant?.();
  assert.equal(state(), "pending");
  store.database.exec("ROLLBACK");
  assert.equal(state(), "never_connected");

  // It was undone, so it is still to be written.
  store.database.exec("BEGIN");
  const committed = participant?.();
  store.database.exec("COMMIT");
  committed?.();
  assert.equal(state(), "pending");

  canStore = true;
  keepAlive.heard(AGENT, "poll", undefined);
  keepAlive.settle();
  assert.equal(state(), "active");
});
