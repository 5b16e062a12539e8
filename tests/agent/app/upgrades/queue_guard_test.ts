/** What becomes of the queue when a version on trial spoils it. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { databaseParts } from "../../../../src/agent/app/queue/database_parts.ts";
import { QueueGuard, settleGuard } from "../../../../src/agent/app/upgrades/queue_guard.ts";
import type { AgentConfig } from "../../../../src/agent/config/schema.ts";
import { MODULES } from "../../../../src/agent/modules/modules.ts";
import { events, openQueue, TempFolder } from "../../../support/queues.ts";

const TAKEN = { stateless: 5, stateful: 0 };
const NOW_MS = Date.UTC(2026, 0, 1);
const parts = databaseParts(MODULES);

/** A data folder with five events that wait, whose agent has made room. */
class Scene implements Disposable {
  readonly folder = new TempFolder();
  readonly path = this.folder.file("agent.db");
  readonly config = { agent: { path: { data: this.folder.path } } } as AgentConfig;

  static async make(): Promise<Scene> {
    const scene = new Scene();
    using queue = openQueue(scene.folder, { path: scene.path, parts });
    await queue.append({ stream: "stateless", events: events(5) });
    return scene;
  }

  /** What waits now. */
  get waiting(): number {
    using queue = openQueue(this.folder, { path: this.path, parts });
    return queue.account("stateless").queued.events;
  }

  settle({ isInUse = false } = {}): string | undefined {
    return settleGuard(this.config, { isInUse, nowMs: NOW_MS });
  }

  sql(statement: string): void {
    const database = new DatabaseSync(this.path);
    database.exec(statement);
    database.close();
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

const spoilers: [what: string, spoil: (scene: Scene) => void | Promise<void>, said: RegExp][] = [
  ["deletes it", ({ path }) => Deno.removeSync(path), /^the queue is gone/],
  [
    "begins a new one",
    (scene) => {
      Deno.removeSync(scene.path);
      openQueue(scene.folder, { path: scene.path, parts })[Symbol.dispose]();
    },
    /^the queue (was replaced by another file|is gone)/,
  ],
  [
    "begins a new one with as many events",
    async (scene) => {
      Deno.removeSync(scene.path);
      using queue = openQueue(scene.folder, { path: scene.path, parts });
      await queue.append({ stream: "stateless", events: events(9) });
    },
    /^the queue (was replaced by another file|is gone)/,
  ],
  [
    "makes its account smaller",
    (scene) => {
      scene.sql("DELETE FROM stateless_chunk");
      scene.sql("UPDATE account SET taken_events = 0, taken_bytes = 0");
    },
    /^the queue does not have all events/,
  ],
  [
    "deletes events",
    (scene) => scene.sql("DELETE FROM stateless_chunk"),
    /5 events of stream stateless wait, and 0 are stored/,
  ],
  [
    "writes into it",
    ({ path }) => {
      using file = Deno.openSync(path, { write: true });
      file.writeSync(new Uint8Array(60_000).fill(7));
    },
    /^the queue (cannot be read|is damaged)/,
  ],
  ["empties it", ({ path }) => Deno.truncateSync(path), /^the queue/],
];

for (const [what, spoil, said] of spoilers) {
  Deno.test(`a version on trial that ${what} is noticed, and what was queued is back`, async () => {
    using scene = await Scene.make();
    using guard = QueueGuard.keep(scene.config);
    assert.equal(guard.problem(TAKEN), undefined);
    await spoil(scene);
    assert.match(guard.problem(TAKEN) ?? "", said);
    guard.bringBack({ nowMs: NOW_MS });
    const told = scene.settle() ?? "";
    assert.match(told, said);
    assert.match(told, /agent\.db\.damaged-20260101T000000Z(-2)?"$/);
    assert.equal(scene.waiting, 5);
    assert.equal(existsSync(`${scene.path}-before-trial`), false);
    assert.equal(scene.settle(), undefined);
  });
}

Deno.test("a version on trial that works leaves the queue as it goes on with it, killed or not", async () => {
  using scene = await Scene.make();
  using guard = QueueGuard.keep(scene.config);
  {
    using queue = openQueue(scene.folder, { path: scene.path, parts });
    await queue.append({ stream: "stateless", events: events(3) });
    assert.equal(guard.problem(TAKEN), undefined);
    // While the other version has it open.
    assert.equal(scene.settle(), undefined);
  }
  assert.equal(scene.waiting, 8);
  QueueGuard.keep(scene.config)[Symbol.dispose]();
  Deno.removeSync(scene.path);
  assert.equal(scene.settle({ isInUse: true }), undefined);
  assert.equal(existsSync(`${scene.path}-before-trial`), false);
});

Deno.test("a large queue is not copied: deleted, it comes back all the same", async () => {
  using scene = await Scene.make();
  using guard = QueueGuard.keep(scene.config, { mostCopiedBytes: 100 });
  assert.equal(existsSync(`${scene.path}-before-trial`), false);
  guard.bringBack({ nowMs: NOW_MS });
  assert.equal(existsSync(`${scene.path}-before-trial`), false);
  Deno.removeSync(scene.path);
  guard.bringBack({ nowMs: NOW_MS });
  assert.match(scene.settle() ?? "", /^the queue is gone/);
  assert.equal(scene.waiting, 5);
});
