import assert from "node:assert/strict";
import { PendingChanges } from "../../../../../src/agent/modules/fim/realtime/pending_changes.ts";

function paths(pending: PendingChanges, nowMs: number): string[] {
  return pending.takeDue(nowMs, 100).map(({ path }) => path);
}

Deno.test("PendingChanges: a path is due a second after it was named last", () => {
  const pending = new PendingChanges();
  pending.add({ path: "/a" }, 0);
  pending.add({ path: "/b" }, 100);
  pending.add({ path: "/a" }, 900);
  assert.equal(pending.nextInMs(900), 200);
  assert.deepEqual(paths(pending, 1_100), ["/b"]);
  assert.deepEqual(paths(pending, 1_899), []);
  assert.deepEqual(paths(pending, 1_900), ["/a"]);
  assert.equal(pending.nextInMs(1_900), undefined);
});

Deno.test("PendingChanges: a path that is written all the time is due within 30 seconds", () => {
  const pending = new PendingChanges();
  let due: number | undefined;
  for (let ms = 0; due === undefined && ms < 60_000; ms += 100) {
    pending.add({ path: "/log" }, ms);
    if (paths(pending, ms).length > 0) due = ms;
  }
  assert.ok(due !== undefined && due >= 29_000 && due <= 30_100, String(due));
});

Deno.test("PendingChanges: what was said of a path is kept when it is named again", () => {
  const pending = new PendingChanges();
  const actor = {
    pid: 7,
    executable: null,
    name: null,
    commandLine: null,
    uid: null,
    login: null,
    parent: null,
  };
  pending.add({ path: "/a", move: 5, isFolder: true, actor }, 0);
  pending.add({ path: "/a" }, 1);
  const [due] = pending.takeDue(2_000, 1);
  assert.deepEqual([due?.move, due?.isFolder, due?.actor?.pid], [5, true, 7]);
});

Deno.test("PendingChanges: no more are taken at once than asked for", () => {
  const pending = new PendingChanges();
  for (let index = 0; index < 10; index++) pending.add({ path: `/${index}` }, 0);
  assert.equal(pending.takeDue(1_000, 4).length, 4);
  assert.equal(pending.size, 6);
});
