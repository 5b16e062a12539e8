/** What a manager that is killed leaves to the next one: the store, as it was. */

import assert from "node:assert/strict";
import { KeepAlive } from "../../../src/manager/keep_alive/keep_alive.ts";
import { PollRegistry } from "../../../src/manager/commands/poll_registry.ts";
import { Store } from "../../../src/manager/store.ts";
import { SqliteStates } from "../../../src/manager/stores/single/sqlite_states.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { Heard, RETRY_MS } from "./watch_scene.ts";

const LIMITS = { intervalMs: 60_000, timeoutMs: 180_000, maxMissed: 3, retryIntervalMs: RETRY_MS };
const AGENT = "01a1fbd6-506d-73a6-bc20-000000000001";

/** Managers that share a store, one after the other; none of them is stopped in good order. */
class Managers implements Disposable {
  readonly clock = new FakeClock();
  readonly heard = new Heard();
  readonly store = new Store({ path: ":memory:", keepEvents: 10, idempotencyKeys: 10 });

  constructor() {
    this.store.database.prepare("INSERT INTO agents VALUES (?, 'a', x'00', x'00', '1', '{}', 0)")
      .run(AGENT);
    this.store.agentStates.add(AGENT, 0);
  }

  /** Another one. What the earlier one had not written down is lost. */
  open(): KeepAlive {
    const { clock, store, heard: announcer } = this;
    const polls = new PollRegistry({ clock, timeoutMs: 30_000 });
    const states = new SqliteStates(store, announcer);
    return new KeepAlive({ limits: LIMITS, enabled: true, store, states, clock, polls, announcer });
  }

  /** Opens a manager under which the agent comes, stops and is back, all of it written down. */
  async openFlapping(): Promise<void> {
    const manager = this.open();
    manager.heard(AGENT, "poll", undefined);
    await this.clock.advance(RETRY_MS);
    manager.stopped(AGENT);
    manager.heard(AGENT, "login", undefined);
    await manager.writeDown();
  }

  /** Runs a manager until what is held back is due. */
  async runUntilQuiet(keepAlive: KeepAlive): Promise<string[]> {
    keepAlive.start();
    await this.clock.advance(RETRY_MS - 1);
    assert.deepEqual(this.heard.take(), []);
    await this.clock.advance(1);
    const told = this.heard.take();
    await keepAlive.stop();
    assert.deepEqual(this.heard.take(), []);
    return told;
  }

  [Symbol.dispose](): void {
    this.store.close();
  }
}

Deno.test("what a killed manager held back of an agent that flaps is told by the next one", async () => {
  using managers = new Managers();
  await managers.openFlapping();
  assert.deepEqual(managers.heard.take(), [
    "never_connected > active: first_contact",
    "active > stopped: agent_shutdown",
  ]);
  const told = await managers.runUntilQuiet(managers.open());
  assert.deepEqual(told, ["stopped > active: flapping (2)"]);
  assert.deepEqual(await managers.runUntilQuiet(managers.open()), []);
});

Deno.test("changes before and after a kill are counted together", async () => {
  using managers = new Managers();
  await managers.openFlapping();
  managers.heard.take();
  const second = managers.open();
  second.stopped(AGENT);
  const told = await managers.runUntilQuiet(second);
  assert.deepEqual(told, ["stopped > stopped: flapping (3)"]);
});
