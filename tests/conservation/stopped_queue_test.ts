/** A queue that is killed while it stops was not damaged, and nothing says so. */

import assert from "node:assert/strict";
import { JOURNAL_SCHEMA } from "../../src/agent/commands/journal_schema.ts";
import { REMOTE_SCHEMA } from "../../src/agent/commands/remote_record.ts";
import { events, openQueue, TempFolder } from "../support/queues.ts";

/** By what a stop changes its folder, but for SQLite's own work. */
const CHANGES = ["linkSync", "removeSync"] as const;

Deno.test("a stop that is killed at any of its steps leaves nothing that looks like damage", async () => {
  using folder = new TempFolder();
  const queue = openQueue(folder);
  await queue.append({ stream: "stateless", events: events(10) });
  using copies = new DisposableStack();
  const left = [folder];
  {
    using _copying = beforeEachChange(() => left.push(copies.use(copyOf(folder))));
    queue.close();
  }
  assert.ok(left.length > 2);
  for (const copy of left) {
    using again = openQueue(copy);
    assert.equal(again.damaged, undefined, namesIn(copy).join());
    assert.equal(again.waiting("stateless").events, 10);
  }
});

Deno.test("a start that fails after a kill, and the next one, find nothing that looks like damage", async () => {
  using folder = new TempFolder();
  using killed = new TempFolder();
  const queue = openQueue(folder);
  await queue.append({ stream: "stateless", events: events(10) });
  for (const name of namesIn(folder)) Deno.copyFileSync(folder.file(name), killed.file(name));
  queue.close();
  const part = { name: "failing", migrations: [{ version: 1, up: "NONSENSE" }] };
  assert.throws(() => openQueue(killed, { parts: [JOURNAL_SCHEMA, REMOTE_SCHEMA, part] }));
  using again = openQueue(killed);
  assert.equal(again.damaged, undefined);
  assert.equal(again.waiting("stateless").events, 10);
});

function beforeEachChange(act: () => void): Disposable {
  const restore = new DisposableStack();
  for (const name of CHANGES) {
    const original = Deno[name] as (...args: unknown[]) => void;
    const acting = (...args: unknown[]) => {
      act();
      original(...args);
    };
    Object.assign(Deno, { [name]: acting });
    restore.defer(() => Object.assign(Deno, { [name]: original }));
  }
  return restore;
}

function copyOf(folder: TempFolder): TempFolder {
  const copy = new TempFolder();
  for (const name of namesIn(folder)) Deno.copyFileSync(folder.file(name), copy.file(name));
  return copy;
}

function namesIn(folder: TempFolder): string[] {
  return Array.from(Deno.readDirSync(folder.path), ({ name }) => name);
}
